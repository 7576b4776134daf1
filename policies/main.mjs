// What the launcher starts: compiled code is kept from the first module on that policies.ts loads.
import { keepCompiledCode } from "../own-cache.mjs";

keepCompiledCode();
const [{ PolicyPack }, { policies }] = await Promise.all([
  import("@pulumi/policy"),
  import("./policies.ts"),
]);
new PolicyPack("dockertls", { policies });
