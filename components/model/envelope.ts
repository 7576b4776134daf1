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
  return [...envelopeParts(envelope), ""].join("\n");
}

/**
 * Program and content as one standard input for `remoteShell`: a command line can be read by every user
 * of the machine and stands in the engine's errors, standard input does neither. All of it is one group of
 * commands, which a shell runs when it has read the end of it: of a text that was cut short on its way,
 * wherever that was, nothing runs, and the shell fails.
 */
export function standardInput(program: string, envelope: Envelope): string {
  const call = [`main <<'${delimiter}'`, ...envelopeParts(envelope), delimiter];
  return ["{", program.trimEnd(), ...call, "}", ""].join("\n");
}

/** A setting or a file each, in one line or more, and what says that it is all of them. */
export function envelopeParts({ settings, files }: Envelope): string[] {
  return [
    // What one line can hold goes as it is: each that has to be decoded costs the machine two processes.
    ...Object.entries(settings).map(([name, value]) =>
      isPlainLine(value) ? `text ${name} ${value}` : `set ${name} ${encode(value)}`,
    ),
    ...files.map(({ name, mode, content }) =>
      isPlainText(content)
        ? `lines ${name} ${mode} ${String(content.split("\n").length - 1)}\n${content.slice(0, -1)}`
        : `file ${name} ${mode} ${encode(content)}`,
    ),
    "end",
  ];
}

/**
 * Values by name as a remote script answers: a line `BOUNDARY NAME` before each, and `BOUNDARY end` last, without
 * which the answer is undefined. What comes before the first, as a login shell may print it, is no part of it.
 * @param boundary a word that nobody on the machine knew beforehand, so no value can contain it.
 */
export function parseAnswer(
  text: string,
  boundary: string,
): ReadonlyMap<string, string> | undefined {
  const [, ...parts] = text.split(`\n${boundary} `);
  if (parts.pop() !== "end\n") return undefined;
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
}

/** Printable ASCII, with no space at either end, which the shell's `read` would take away. */
const isPlainLine = (value: string): boolean => /^[!-~](?:[ -~]*[!-~])?$/.test(value);

/** Whole lines that a shell reads as they are. */
const isPlainText = (content: string): boolean =>
  content.endsWith("\n") && !content.includes("\0") && !content.includes(delimiter);

function encode(text: string): string {
  return text === "" ? "-" : Buffer.from(text, "utf8").toString("base64");
}
