// What launch.sh starts, with the plugin's name: compiled code is kept from the first of its modules on.
import { keepCompiledCode } from "../own-cache.mjs";

keepCompiledCode();
const [name] = process.argv.splice(2, 1);
await import(`./${name}/main.ts`);
