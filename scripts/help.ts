// How the commands of this project are called: `--help`, and what is said of a wrong call.

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

/** What is said of an error that ends a command; where it was called wrongly, how it is called as well. */
export function failureText(error: unknown, usage: string): string {
  if (!(error instanceof Error)) return String(error);
  const isWrongCall = "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  // What follows is Node's advice on how to write parseArgs, or on arguments that begin with a dash.
  const [what = ""] = error.message.split(". ");
  return isWrongCall ? `${what}\n${usage}` : error.message;
}
