// The fake engine of other tests is held against the real one: the same story on the same machine, said and done alike.
import { refusedByReload } from "../../support/refused-settings.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const other = new TestMachine("t2");
const daemon = {
  "registry-mirrors": ["https://mirror.gcr.io"],
  labels: ["rack=7"],
  features: { buildkit: null },
};

afterAll(closeStacks);

/** What a run said of each resource of the plugin, and how it ended. */
function saidIn({ all, exitCode }: Run): unknown {
  const sections = all.matchAll(/^ {2}(\S+) \((\S+)\):\n((?: {4}.*\n)+)/gm);
  const said = [...sections].flatMap(([, type = "", name = "", lines = ""]) =>
    /^(dockertls-host|command):/.test(type) ? [[name, lines.trim().split(/\n\s*/).sort()]] : [],
  );
  return { worked: exitCode === 0, ...Object.fromEntries(said) };
}

async function story(stack: StackRun): Promise<readonly unknown[]> {
  const settings = (changes: object, at = machine) => ({
    daemon: { ...daemon, ...changes },
    hosts: { t1: at.host() },
  });
  const steps: unknown[] = [];
  const step = async (run: Promise<Run>): Promise<void> => {
    steps.push(saidIn(await run), await machine.sh("cat /etc/docker/daemon.json 2>&1 || :"));
  };
  // With plugins of its own; the other runs of the real engine are attached to stand-ins that stay.
  await step(stack.begin(["preview"]).end);
  await step(stack.begin(["up", "--yes", "--skip-preview"]).end);
  stack.configure(settings({ labels: ["rack=8"] }));
  await step(stack.previewAndUp());
  await machine.sh("sed -i s/mirror.gcr.io/mirror.example/ /etc/docker/daemon.json");
  await step(stack.preview("--expect-no-changes"));
  await step(stack.up());
  stack.configure(settings(refusedByReload));
  await step(stack.up());
  // Another machine under the name: the first one is given back by what replaces its resources.
  stack.configure(settings({}, other));
  await step(stack.up());
  await step(stack.preview("--expect-no-changes"));
  await step(stack.begin(["destroy", "--yes", "--skip-preview"]).end);
  steps.push(await machine.files(), await other.files());
  return steps;
}

test(
  "says and does what the real one does",
  async () => {
    await Promise.all([machine.pristine(), other.pristine()]);
    const settings = { daemon, hosts: { t1: machine.host() } };
    const real = await story(await StackRun.create(settings));
    const fake = await story(await StackRun.onFakeEngine(settings));

    expect(fake).toEqual(real);
  },
  bootMilliseconds,
);
