/** A file on its way to a machine. */
export interface EnvelopeFile {
  readonly name: string;
  /** Octal, as chmod takes it. */
  readonly mode: string;
  readonly content: string;
}

/** What a remote script works on: plain settings and the content of files. */
export interface Envelope {
  readonly settings: Readonly<Record<string, string>>;
  readonly files: readonly EnvelopeFile[];
}

/** The envelope with more settings. */
export function withSettings(
  envelope: Envelope,
  settings: Readonly<Record<string, string>>,
): Envelope {
  return { ...envelope, settings: { ...envelope.settings, ...settings } };
}

const delimiter = "DOCKERTLS_ENVELOPE";

/** The envelope as the standard input of a script that lies on the machine. */
export function envelopeText(envelope: Envelope): string {
  return [...linesOf(envelope), ""].join("\n");
}

/**
 * Program and content as one standard input for `remoteShell`: a command line can be read by every user
 * of the machine and stands in the engine's errors, standard input does neither. All of it is one group of
 * commands, which a shell runs when it has read the end of it: of a text that was cut short on its way,
 * wherever that was, nothing runs, and the shell fails.
 */
export function standardInput(program: string, envelope: Envelope): string {
  const call = [`main <<'${delimiter}'`, ...linesOf(envelope), delimiter];
  return ["{", program.trimEnd(), ...call, "}", ""].join("\n");
}

function linesOf({ settings, files }: Envelope): string[] {
  return [
    ...Object.entries(settings).map(([name, value]) => `set ${name} ${encode(value)}`),
    ...files.map((file) => `file ${file.name} ${file.mode} ${encode(file.content)}`),
    "end",
  ];
}

/** `NAME BASE64` lines as a remote script answers; undefined when the last line `end` is missing. */
export function parseAnswer(text: string): ReadonlyMap<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.at(-1) !== "end") return undefined;
  return new Map(
    lines.slice(0, -1).map((line) => {
      const [name = "", value = "-"] = line.split(" ");
      return [name, decode(value)];
    }),
  );
}

function encode(text: string): string {
  return text === "" ? "-" : Buffer.from(text, "utf8").toString("base64");
}

function decode(value: string): string {
  return value === "-" ? "" : Buffer.from(value, "base64").toString("utf8");
}
