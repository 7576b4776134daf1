// Where secrets are in the whole life of a machine: first up, change, failure and rollback, destroy. Both
// machines' processes, both disks, logs and the state are searched, and it is told how much.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exported } from "../../../scripts/forget/deployment.ts";
import {
  foundIn,
  keysIn,
  sampledHere,
  sampledThere,
  searchedHere,
  searchedLines,
  searchedThere,
  tracesOf,
  type Search,
} from "../../support/secret-search.ts";
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
/** A setting that is a secret of the stack, and one that somebody else keeps on the machine. */
const [setting, foreign] = ["sesam-4711-setting", "geheim-0815-proxy"];
/** What sudo asks for. */
const sudoPassword = "sudo-2342-password";
const daemonJson = "/etc/docker/daemon.json";
/** dockerd 20.10 has no proxies of its own. */
const theirs =
  testImage === "bookworm"
    ? { "log-opts": { tag: foreign } }
    : { proxies: { "http-proxy": `http://u:${foreign}@proxy.example:3128` } };
let stack: StackRun;
const outputs: Run[] = [];
const here = new Set<string>();
const there = new Set<string>();
const searches: Search[] = [];

async function settle(daemon: Record<string, unknown>): Promise<void> {
  const ssh = { ...machine.ssh, user: "ops" };
  stack.configure({ hosts: { t1: machine.host({ sudo: true, ssh }) } });
  const place = "dockertls:hosts.t1.sudoPassword";
  await stack.expectSuccess(["config", "set", "--secret", "--path", place, sudoPassword]);
  const value = JSON.stringify({ labels: [`token=${setting}`], ...daemon });
  await stack.expectSuccess(["config", "set", "--secret", "dockertls:daemon", value]);
}

/** A step of its life, with both machines' processes watched. */
async function live(step: () => Promise<Run>): Promise<Run> {
  let run: Run | undefined;
  const mine = await sampledHere(async () => {
    const theirs = await sampledThere(machine, async () => (run = await step()));
    for (const line of theirs) there.add(line);
  });
  for (const line of mine) here.add(line);
  if (run === undefined) throw new Error("nothing has run");
  outputs.push(run);
  return run;
}

async function secrets(): Promise<Map<string, string>> {
  const keys = keysIn((await stack.stateInClear()) as Exported);
  expect(keys.length).toBeGreaterThanOrEqual(8);
  return new Map([
    ...keys,
    ...tracesOf("SSH key", readFileSync(machine.ssh.identityFile, "utf8")),
    ["setting", setting],
    ["sudo's password", sudoPassword],
    ["foreign setting", foreign],
  ]);
}

let searched: Map<string, string>;

beforeAll(async () => {
  await machine.pristine();
  await machine.sh(
    `mkdir -p /etc/docker && umask 077 && cat >${daemonJson} && systemctl restart docker`,
    `${JSON.stringify(theirs)}\n`,
  );
  await machine.sh(
    "chpasswd && echo 'ops ALL=(ALL) ALL' >/etc/sudoers.d/ops",
    `ops:${sudoPassword}\n`,
  );
  stack = await StackRun.withOwnPlugins({ hosts: { t1: machine.host() } });
  await settle({});
}, bootMilliseconds);

afterAll(closeStacks);

test("it lives: first up, change, failure and rollback", async () => {
  expect((await live(() => stack.up())).exitCode).toBe(0);
  searched = await secrets();
  const state = await stack.export();
  expect(state).toContain("ciphertext");
  expect(foundIn(state, searched)).toEqual([]);
  await settle({ debug: true });
  const everyDetail = ["--diff", "--show-reads", "--show-sames"];
  expect((await live(() => stack.preview(...everyDetail))).exitCode).toBe(0);
  // Events as scripts get them, those for whoever debugs the program among them.
  stack.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true";
  const streamed = await live(() => stack.preview("--json"));
  delete stack.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"];
  expect(streamed.stdout).toContain('"resourcePreEvent"');
  expect((await live(() => stack.up(...everyDetail))).exitCode).toBe(0);
  const shown = await live(() => stack.run(["stack", "output", "--json"]));
  expect(shown.exitCode).toBe(0);
  expect(shown.all).toContain("[secret]");
  await settle(refusedByStart);
  const failed = await live(() => stack.up());
  expect(failed.exitCode).not.toBe(0);
  expect(failed.all).toMatch(/rolled back, the old configuration serves/);
}, 180_000);

// proves: secrets.machine-disk
test("on the machine's disk, only root's own files hold them", async () => {
  const search = await searchedThere(machine, searched);
  const mayHold =
    /^(\/opt\/docker-ssl\/key\.pem|\/etc\/docker\/daemon\.json|\/var\/lib\/dockertls\/.*)$/;
  searches.push({ ...search, found: search.found.filter((path) => !mayHold.test(path)) });
  expect(searches.at(-1)).toMatchObject({ found: [] });
  expect(search.found).toContain("/opt/docker-ssl/key.pem");
  const holders = search.found.map((path) => `'${path}'`).join(" ");
  expect(await machine.sh(`find ${holders} -perm /077`)).toBe("");
  expect(await machine.stat("/var/lib/dockertls")).toBe("700 root:root directory");
});

test("it ends: destroy", async () => {
  await settle({});
  expect((await live(() => stack.destroy("--diff"))).exitCode).toBe(0);
  const search = await searchedThere(machine, searched);
  // The machine's own file is the machine's own again.
  searches.push({ ...search, found: search.found.filter((path) => path !== daemonJson) });
  expect(searches.at(-1)).toMatchObject({ found: [] });
}, 120_000);

// proves: secrets.command-lines
test("no process of either machine ever showed one", () => {
  searches.push(
    searchedLines("command lines on machine A", here, searched),
    searchedLines("command lines and environments on machine B", there, searched),
  );
  expect(searches.slice(-2)).toMatchObject([{ found: [] }, { found: [] }]);
  // Proof that the runs were seen at all.
  expect([...here].some((line) => /pulumi\0up/.test(line))).toBe(true);
  expect(there).toContain("systemctl");
  expect(there).toContain("sh");
  expect([...there].filter((line) => line.includes("PRIVATE KEY"))).toEqual([]);
});

// proves: secrets.state-and-output
test("no output, no journal and no file of the stack's holds one, its state and its history neither", async () => {
  const said = outputs.map(({ all }) => all).join("\n");
  // dockerd itself writes its whole configuration to its own log at every reload.
  const others =
    "$(journalctl -F _SYSTEMD_UNIT | grep -v -x docker.service | sed 's/^/_SYSTEMD_UNIT=/')";
  const journal = await machine.sh(
    `journalctl --sync; journalctl --no-pager -o cat ${others}; journalctl --no-pager -o cat -t dockertls`,
  );
  // Keys, unlike settings, are to be in dockerd's own log neither, nor in lines whose unit journald can't tell.
  const whole = await machine.sh("journalctl --sync; journalctl --no-pager -o cat");
  expect(whole).toContain("dockertls");
  expect(whole).not.toContain("PRIVATE KEY");
  const keys = new Map([...searched].filter(([name]) => !name.endsWith("setting")));
  const lines = (text: string): ReadonlySet<string> => new Set(text.split("\n"));
  searches.push(
    searchedLines("output of the runs", lines(said), searched),
    searchedLines("journal of machine B", lines(journal), searched),
    searchedLines("whole journal of machine B, for keys", lines(whole), keys),
    searchedHere(stack.directory, searched, [join(stack.directory, "plugins")]),
  );
  expect(foundIn(said, searched)).toEqual([]);
  expect(searches.slice(-4).flatMap(({ found }) => found)).toEqual([]);
  console.log(
    searches
      .map(
        ({ place, searched: count, found }) =>
          `${place}: ${String(count)} searched, ${String(found.length)} found`,
      )
      .join("\n"),
  );
  for (const { searched: count } of searches) expect(count).toBeGreaterThan(10);
});
