// What a test starts: compiled code is kept from the first of its modules on.
import { keepCompiledCode } from "../own-cache.mjs";

keepCompiledCode();
await import("./resident.ts");
