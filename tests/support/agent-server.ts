// A process that serves one key of an agent: PATH AGENT KEY. It says when it does.
import { serveKey } from "../../provider/agent-socket.ts";

const [path = "", agent = "", key = ""] = process.argv.slice(2);
await serveKey(path, agent, key);
console.log("served");
setInterval(() => undefined, 60_000);
