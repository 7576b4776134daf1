// The engine writes an `encryptionsalt` into the stack file that it is given. Pulumi.dev.yaml is
// committed and stays as it is; and a salt says nothing without the passphrase, which each
// checkout makes for itself. So the engine works on a copy that has the salt, and what
// `config set` changes in the copy is taken back here.

const saltLine = /^encryptionsalt: .*(?:\n|$)/m;
const secureValue = /^\s*(?:- )?secure: /m;

export const saltIn = (text: string): string | undefined => saltLine.exec(text)?.[0].trim();

/** The stack file as the engine gets it. A salt of its own wins: its secrets were made with it. */
export function withSalt(stackFile: string, salt: string): string {
  if (saltIn(stackFile)) return stackFile;
  const end = stackFile === "" || stackFile.endsWith("\n") ? "" : "\n";
  return `${stackFile}${end}${salt}\n`;
}

/**
 * What Pulumi.dev.yaml holds after a command, or undefined when nothing is to be written.
 * Secret values can't be read without their salt, so with them it goes along.
 */
export function takenBack(handedOver: string, afterwards: string): string | undefined {
  if (afterwards === handedOver) return undefined;
  return secureValue.test(afterwards) ? afterwards : afterwards.replace(saltLine, "");
}

const engineLine = /^(?:encryptionsalt|encryptedkey|secretsprovider): .*$/gm;

/** The file as it was, with what `stack init` put into it: the engine lays the rest out anew when it does. */
export function asItWas(before: string, afterwards: string): string {
  const present = before.split(/\r?\n/);
  const added = (afterwards.match(engineLine) ?? []).filter((line) => !present.includes(line));
  const end = before === "" || before.endsWith("\n") ? "" : "\n";
  return added.length === 0 ? before : `${before}${end}${added.join("\n")}\n`;
}
