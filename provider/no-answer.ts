// A login that succeeds and gives no answer of the probe's: something else answered in its place, and what
// it says is the best that there is to be told.
import { oneLine, type Problem } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import type { Failure } from "./ssh-problems.ts";
import type { RemoteResult } from "./ssh.ts";

/** What to do about words of a machine; `named` are the groups of the pattern. */
interface Remedy {
  readonly words: RegExp;
  readonly why: string;
  readonly fix: (user: string, named: readonly string[]) => string;
}

/** What keeps a user from a shell. */
const logins: readonly Remedy[] = [
  {
    // cloud-init's disable_root_opts.
    words: /log ?in as (?:the )?user ["'“]?([a-z_][\w.-]*)["'”]? rather than/i,
    why: "this login is not for programs",
    fix: (_user, [other = ""]) => `set \`ssh.user: ${other}\` and \`sudo: true\``,
  },
  {
    words: /password (?:has |is )?(?:expired|aged)|password change required/i,
    why: "the machine lets nobody in before it is changed",
    fix: (user) =>
      `set another on the machine's console (\`passwd ${user}\`), or let it not expire (\`chage -M -1 ${user}\`)`,
  },
  {
    words: /account (?:has |is )?expired/i,
    why: "the machine lets its user in no more",
    fix: (user) =>
      `renew it on the machine's console (\`chage -E -1 ${user}\`), or set another ssh.user`,
  },
  {
    words: /system is (?:booting up|going down)|unprivileged users are not permitted/i,
    why: "the machine lets only root in for now",
    fix: () => "wait until it has booted, or remove /run/nologin or /etc/nologin there",
  },
  {
    words: /account is (?:currently )?not available|\bnologin\b/i,
    why: "the user's login shell is there to turn everybody away",
    fix: (user) => `give it another (\`usermod -s /bin/sh ${user}\`), or set another ssh.user`,
  },
  {
    words: /\brestricted\b/i,
    why: "the user's login shell is a restricted one",
    fix: (user) => `give it another (\`usermod -s /bin/sh ${user}\`), or set another ssh.user`,
  },
];

/** What keeps sudo from running programs. */
const sudos: readonly Remedy[] = [
  {
    words: /must have a tty|a terminal is required/i,
    why: "remote programs run without a terminal",
    fix: (user) =>
      `take \`Defaults requiretty\` out of sudoers, or add \`Defaults:${user} !requiretty\``,
  },
  {
    words: /sudo: (?:command )?not found|sudo: No such file|sudo: inaccessible or not found/i,
    why: "remote programs need root",
    fix: () => "install sudo on the machine, or set `ssh.user: root` without `sudo`",
  },
  {
    words: /not allowed to execute|not allowed to run/i,
    why: "remote programs need root, and run as `sh`",
    fix: (user) => `allow every command in sudoers: ${user} ALL=(ALL) NOPASSWD: ALL`,
  },
  {
    words: /setuid|no new privileges|nosuid/i,
    why: "remote programs need root",
    fix: () => "put that right on the machine, or set `ssh.user: root` without `sudo`",
  },
  {
    words: /incorrect password|no password was provided/i,
    why: "remote programs need root, and trying again might lock the account",
    fix: (user) => `set the password of ${user} as the secret \`sudoPassword\``,
  },
  {
    words: /^/,
    why: "remote programs need root",
    fix: (user) =>
      `allow it in sudoers: ${user} ALL=(ALL) NOPASSWD: ALL; or set \`sudoPassword\`, as a secret`,
  },
];

/** What a machine's own words mean for a login, if they are known. */
export function loginRemedy(user: string, said: string): Pick<Problem, "why" | "fix"> | undefined {
  return remedy(logins, user, said);
}

/** Why the probe gave no answer, or half of one. `boundary` comes before each of its values. */
export function noAnswer(
  host: string,
  { user }: SshTarget,
  sudo: boolean,
  { exitCode, stdout, stderr }: RemoteResult,
  boundary: string,
): Failure {
  const refusal = sudo ? sudoRefusal(stderr) : undefined;
  if (refusal !== undefined) {
    const known = remedy(sudos, user, refusal) ?? { why: "", fix: "" };
    return ["sudo", { where: `${host}: sudo`, what: oneLine(refusal, 200), ...known }];
  }
  // What the probe itself has printed is no reason.
  const [before = ""] = stdout.split(boundary);
  const said = oneLine(`${stderr} ${before}`, 300).replace(/ {2,}/g, " ");
  const known = loginRemedy(user, said);
  return [
    known === undefined ? "answer" : "login",
    {
      where: `${host}: probe`,
      what: `no whole answer (exit code ${String(exitCode)}${said === "" ? ", without a word" : `: ${said}`})`,
      ...(known ?? {
        why: "the machine's state is not known",
        fix: `run it again; if that stays, log in by hand and see what the shell says (\`getent passwd ${user}\` names it)`,
      }),
    },
  ];
}

/** What sudo says: not its lecture, nor a warning in front of another reason. */
function sudoRefusal(stderr: string): string | undefined {
  const lines = stderr
    .split("\n")
    .filter((line) => /sudo:|^sorry, user |not in the sudoers/i.test(line));
  return lines.find((line) => !/unable to resolve host/.test(line)) ?? lines[0];
}

function remedy(
  remedies: readonly Remedy[],
  user: string,
  said: string,
): Pick<Problem, "why" | "fix"> | undefined {
  for (const { words, why, fix } of remedies) {
    const found = words.exec(said);
    if (found !== null) return { why, fix: fix(user, found.slice(1)) };
  }
  return undefined;
}
