// What the engine prints off a terminal.

/** Two lines per resource that it only looked at: they would hide the few that say something. */
export const isNoise = (line: string): boolean =>
  / refresh(ing)? \(\S+\) *$/.test(line) || /^ {4}\S+:\S+ [^\s(]\S* *(running *)?$/.test(line);

const operations = ["up", "update", "preview", "pre", "destroy", "down", "dn", "refresh"];

/** Whether a command of the engine prints such lines, and nothing that a program reads. */
export const printsNoise = (args: readonly string[]): boolean =>
  args.some((argument) => operations.includes(argument)) &&
  !args.some((argument) => argument === "-j" || argument.startsWith("--json"));
