// What the launcher starts: compiled code is kept from the first module on that main.ts loads.
import { keepCompiledCode } from "../own-cache.mjs";

keepCompiledCode();
await import("./main.ts");
