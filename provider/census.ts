import { readCensus, type Census } from "../components/model/observed/census.ts";
import { ask, type LookArgs } from "./look.ts";

export interface CensusArgs extends Pick<LookArgs, "host" | "connection" | "sudo"> {
  /** The port of the machine's API. */
  readonly port: number;
  /** Whether dockerd is about to be restarted: which containers that removes is asked as well. */
  readonly restart: boolean;
}

/**
 * Who uses a machine's dockerd at this moment. Changes nothing.
 * @throws LookError when the machine can't be asked.
 */
export function takeCensus({ port, restart, ...args }: CensusArgs): Promise<Census> {
  const settings = { port: String(port), restart: restart ? "yes" : "no" };
  return ask("census", settings, args, readCensus);
}
