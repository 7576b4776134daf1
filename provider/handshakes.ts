import { readHandshakes, type Handshakes } from "../components/model/observed/handshakes.ts";
import { ask, type LookArgs } from "./look.ts";

/**
 * Who failed to get in at a machine since its dockerd was started. Changes nothing.
 * @throws LookError when the machine can't be asked.
 */
export function readFailedHandshakes(
  args: Pick<LookArgs, "host" | "connection" | "sudo">,
): Promise<Handshakes> {
  return ask("handshakes", {}, args, readHandshakes);
}
