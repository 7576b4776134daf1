// `--help` of the commands of this project.

/** Prints how a command is used when it was asked for; whether it did. */
export function showedHelp(
  usage: string,
  args: readonly string[] = process.argv.slice(2),
): boolean {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  if (!own.some((argument) => argument === "--help" || argument === "-h")) return false;
  console.log(usage);
  return true;
}
