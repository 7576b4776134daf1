// A login that gives no answer of the probe's: what the machine says instead is told, with what to do about it.
import { noAnswer } from "../../provider/no-answer.ts";
import { runRemote, type RemoteResult } from "../../provider/ssh.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";

const target = { host: "10.0.0.4", port: 22, user: "ops", hostKey: "" };

function line(result: Partial<RemoteResult>, sudo = false): string {
  const whole = { exitCode: 1, stdout: "", stderr: "", ...result };
  const [stage, problem] = noAnswer("b1", target, sudo, whole, "BOUNDARY");
  return `${stage}: ${formatProblem(problem)}`;
}

describe("something else than a shell answers", () => {
  test.each([
    `Please login as the user "ec2-user" rather than the user "root".`,
    `Please log in as the user 'ec2-user' rather than 'root'.`,
  ])("a forced command that names the user to take: %s", (stdout) => {
    expect(line({ exitCode: 142, stdout: `${stdout}\n\n` })).toBe(
      `login: b1: probe: no whole answer (exit code 142: ${stdout}); this login is not for programs; set \`ssh.user: ec2-user\` and \`sudo: true\``,
    );
  });

  test.each([
    ["nologin", "This account is currently not available.\n", /usermod -s \/bin\/sh ops/],
    ["a restricted shell", "rbash: line 1: exec: restricted\n", /usermod -s \/bin\/sh ops/],
    [
      "an expired password",
      "WARNING: Your password has expired.\nPassword change required but no TTY available.\n",
      /passwd ops.*chage -M -1 ops/,
    ],
    [
      "a machine that boots",
      "System is booting up. Unprivileged users are not permitted to log in yet.",
      /wait/,
    ],
  ])("%s", (_case, stdout, fix) => {
    const said = line({ stdout });
    expect(said).toMatch(/^login: b1: probe: no whole answer \(exit code 1: /);
    expect(said).toMatch(fix);
  });

  test("in words that nobody knows: in one line, without what a terminal acts upon", () => {
    expect(
      line({ exitCode: 3, stdout: "\u001b[2J% Unknown command\r\n", stderr: "?\u202e\n" }),
    ).toBe(
      "answer: b1: probe: no whole answer (exit code 3: ? [2J% Unknown command); the machine's state is not known; run it again; if that stays, log in by hand and see what the shell says (`getent passwd ops` names it)",
    );
  });

  test("without a word", () => {
    expect(line({})).toMatch(/no whole answer \(exit code 1, without a word\); /);
  });

  test("a probe that broke off half-way: its values are not what the machine says", () => {
    const said = line({ stdout: "Welcome!\n\nBOUNDARY os_release\nID=debian nologin\n" });
    expect(said).toMatch(/^answer: .*\(exit code 1: Welcome!\); /);
  });
});

describe("sudo", () => {
  test.each([
    [
      "that wants a terminal",
      "sudo: sorry, you must have a tty to run sudo\n",
      /; take `Defaults requiretty` out of sudoers, or add `Defaults:ops !requiretty`$/,
    ],
    [
      "that wants a password",
      "sudo: a password is required\n",
      /sudoers: ops ALL=\(ALL\) NOPASSWD: ALL; or set `sudoPassword`, as a secret$/,
    ],
    [
      "that allows other commands",
      "Sorry, user ops is not allowed to execute '/usr/bin/sh -c x' as root on b1.\n",
      /allow every command in sudoers: ops ALL=\(ALL\) NOPASSWD: ALL$/,
    ],
    ["that is not there", "bash: line 1: exec: sudo: not found\n", /install sudo on the machine/],
    [
      "that is not setuid",
      "sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set\n",
      /put that right/,
    ],
  ])("%s", (_case, stderr, fix) => {
    const said = line({ stderr }, true);
    expect(said).toMatch(/^sudo: b1: sudo: /);
    expect(said).toMatch(fix);
  });

  test("its lecture and its warnings are not the reason", () => {
    const lecture =
      "\nWe trust you have received the usual lecture from the local System\nAdministrator.\n\n";
    const warning = "sudo: unable to resolve host b1: Name or service not known\n";
    expect(line({ stderr: `${lecture}${warning}sudo: a password is required\n` }, true)).toMatch(
      /^sudo: b1: sudo: sudo: a password is required; /,
    );
  });
});

describe("a server that turns a user away before the login", () => {
  let machine: SshMachine;
  afterEach(() => machine.stop());

  async function refusal(banner: string): Promise<string> {
    machine = await startSshMachine({ banner });
    machine.turnsAway = true;
    return runRemote(machine.connection, "x", "").then(
      () => "let in",
      (error: unknown) => String(error),
    );
  }

  test("is quoted", async () => {
    expect(await refusal("Back at\nnoon.\n")).toMatch(
      /the server closed the connection before the login\); the server says: Back at noon\.; /,
    );
  });

  test("is understood, where its words are known", async () => {
    expect(
      await refusal("Your account has expired; please contact your system administrator.\n"),
    ).toMatch(/the server says: Your account has expired.*`chage -E -1 root`/);
  });
});
