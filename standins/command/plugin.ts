// Stands in for the official `command` plugin: the `remote.Command` resource.
import type { Plugin } from "../provider.ts";
import { command } from "./command.ts";
import { TYPES } from "./schema.ts";

export const commands: Plugin = {
  name: "command",
  version: "1.2.1",
  acceptsSecrets: true,
  types: TYPES,
  resources: { "command:remote:Command": command },
};
