// Stands in for the official `command` plugin: the `remote.Command` resource.
import { serve } from "../serve.ts";
import { command } from "./command.ts";

serve({
  name: "command",
  version: "1.2.1",
  acceptsSecrets: true,
  resources: { "command:remote:Command": command },
});
