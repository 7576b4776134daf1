import { withSettings, type Envelope } from "./envelope.ts";

/** What is asked of a machine before a change and after it: whether what it is there for works. */
export interface HealthCheck {
  /** What `sh` runs on the machine, as root; it passes with exit code 0. */
  readonly command: string;
  /** How long it is asked again until it passes. */
  readonly seconds: number;
  /** Whether a machine that does not pass before a change is left as it is. */
  readonly before: "require" | "ignore";
  /** Whether it came as a secret: then nothing that it says is shown. */
  readonly isSecret: boolean;
}

/** The envelope of a converge with the check that it has to pass. */
export function withHealthCheck(
  envelope: Envelope,
  { command, seconds, before, isSecret }: HealthCheck,
): Envelope {
  const settings = {
    health_limit: String(seconds),
    health_before: before,
    health_hidden: String(isSecret),
  };
  const file = {
    name: "health.sh",
    mode: "0600",
    content: command.endsWith("\n") ? command : `${command}\n`,
  };
  return { ...withSettings(envelope, settings), files: [...envelope.files, file] };
}
