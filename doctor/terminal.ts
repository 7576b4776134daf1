// How lines for a person are laid out: by words and with a hanging indent on a terminal, whole where
// something else reads them.

/** What is known of the place that lines are printed to. */
export interface Terminal {
  readonly columns: number;
  readonly hasColour: boolean;
}

/** A pipe or a log: whoever searches there wants a line in one piece. */
export const plain: Terminal = { columns: Infinity, hasColour: false };

/** Below so many columns for the text, it begins on a line of its own. */
const narrow = 32;
const ownLineIndent = 6;

export function terminalOf(
  stream: Pick<NodeJS.WriteStream, "isTTY" | "columns">,
  environment: NodeJS.ProcessEnv,
): Terminal {
  if (!stream.isTTY) return plain;
  // https://no-color.org
  const hasColour = (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  return { columns: stream.columns, hasColour };
}

/**
 * `lead` and `text` on as many lines as it takes, broken between words, the text in a column of its own. A word
 * that is longer than the column stays whole: a path, a key or a command is there to be copied.
 */
export function hanging(lead: string, text: string, { columns }: Terminal): string[] {
  if (lead.length + text.length <= columns) return [`${lead}${text}`.trimEnd()];
  const isNarrow = columns - lead.length < narrow;
  const indent = " ".repeat(isNarrow ? ownLineIndent : lead.length);
  const lines = isNarrow ? [lead.trimEnd()] : [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent.length + longer.length > columns) {
      lines.push(`${indent}${line}`);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(`${indent}${line}`);
  return isNarrow ? lines : [`${lead}${lines[0]?.trimStart() ?? ""}`, ...lines.slice(1)];
}

const colours = { red: 31, green: 32, yellow: 33 } as const;
export type Colour = keyof typeof colours;

/** The first occurrence of a word in a line, in bold and in colour. */
export function painted(
  line: string,
  word: string,
  colour: Colour,
  { hasColour }: Terminal,
): string {
  return hasColour
    ? line.replace(word, () => `\u001b[1;${String(colours[colour])}m${word}\u001b[0m`)
    : line;
}

/** Rows in columns; the last is broken between words. `marked` says which word of a row stands out, if one does. */
export function columns(
  rows: readonly (readonly string[])[],
  terminal: Terminal,
  marked: (
    row: readonly string[],
  ) => { readonly word: string; readonly colour: Colour } | undefined,
): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length - 1));
  const widths = Array.from({ length: count }, (_none, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.flatMap((row) => {
    const lead = widths.map((width, column) => `${(row[column] ?? "").padEnd(width)}  `).join("");
    const [first = "", ...more] = hanging(lead, row.at(-1) ?? "", terminal);
    const mark = marked(row);
    return [mark === undefined ? first : painted(first, mark.word, mark.colour, terminal), ...more];
  });
}
