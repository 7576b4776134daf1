// Rules and words that components/model has as well: see tests/support/shared-rules.ts.
import { remoteScript } from "../../components/host/remote/scripts.ts";
import {
  apiGuardPath,
  apiSocketPath,
  daemonJsonPath,
  dropInPath,
  restartDropInPath,
  socketDropInPath,
  unusedSocket,
} from "../../components/model/machine-paths.ts";
import { ScratchMachine } from "../support/scratch-machine.ts";
import {
  daemonJsonModes,
  infoBeforeMoves,
  liveRestoreTexts,
  plainPaths,
  storageMoves,
} from "../support/shared-rules.ts";

const machine = new ScratchMachine();
afterAll(() => machine.destroy());

/** What these commands print, with the script's functions at hand. */
async function answer(...commands: string[]): Promise<string> {
  const text = ["{", remoteScript("machine"), "trap - EXIT", ...commands, "}", ""].join("\n");
  const { stdout, stderr } = await machine.run("apply", { text });
  expect(stderr).toBe("");
  return stdout.trim();
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const yesOrNo = (command: string): string => `if ${command}; then echo true; else echo false; fi`;

test("the paths of our files are the same ones", async () => {
  const names = [
    ...["daemon_json", "drop_in", "socket_drop_in", "restart_drop_in", "unused_socket"],
    ...["api_socket", "api_guard"],
  ];
  expect((await answer(...names.map((name) => `echo "$${name}"`))).split("\n")).toEqual([
    daemonJsonPath,
    dropInPath,
    socketDropInPath,
    restartDropInPath,
    unusedSocket,
    apiSocketPath,
    apiGuardPath,
  ]);
});

test.each(plainPaths)("%j is a plain path: %s", async (path, isPlain) => {
  const check = yesOrNo(`check_plain_path tls.directory ${quoted(path)}`);
  expect(await answer("refuse() { return 1; }", check)).toBe(String(isPlain));
});

test.each(liveRestoreTexts)("%j has live-restore on: %s", async (text, isOn) => {
  machine.write(daemonJsonPath, text);
  expect(await answer(yesOrNo('says_true live-restore "$root$daemon_json"'))).toBe(String(isOn));
});

test.each(storageMoves)("%s", async (_what, info, found, wanted, moved) => {
  machine.write(daemonJsonPath, JSON.stringify(found, null, 2));
  machine.write(`/run/one${daemonJsonPath}`, "");
  machine.write(`/run/one/tree${daemonJsonPath}`, JSON.stringify({ ...found, ...wanted }, null, 2));
  const docker = JSON.stringify({ ...infoBeforeMoves, ...info });
  expect(
    await answer('run="$root/run/one"', `docker_json=${quoted(docker)}`, "moved_storage"),
  ).toBe(moved.join("\n"));
});

test.each(daemonJsonModes)(
  "a secret: %s; daemon.json was %s and is %s: too open: %s",
  async (isSecret, original, present, isOpen) => {
    machine.write(daemonJsonPath, "{}\n");
    machine.write(`/var/lib/dockertls/original/tree${daemonJsonPath}`, "{}\n");
    machine.write("/var/lib/dockertls/record", "");
    const kept = await answer(
      // Whoever runs the tests may not be able to give files to other groups.
      `stat() {
         case $3 in "$root$daemon_json") says='${present}' ;; *) says='${original}' ;; esac
         [ "$2" = '%a %g' ] && echo "$says"
       }`,
      `ours=${isSecret ? "0600" : "0644"}`,
      'keep_group "$ours"',
      'echo "${narrowed_mode#0} $kept_group"',
    );
    expect(kept !== present).toBe(isOpen);
  },
);
