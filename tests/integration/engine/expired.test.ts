// Certificates that have ended, the day that everybody forgot: a plain `pulumi up` repairs it over SSH alone. Three stacks
// side by side, in each of which something else has ended.
import { X509Certificate } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import { signTo } from "../../support/api-clients.ts";
import { operator } from "../../support/operator.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";
import { hour, isFromThePast, noPast, upInThePast } from "../../support/up-in-the-past.ts";

/** What ends soon lives as long as the plugin's clock lags, and this much longer: enough for a first up. */
const grace = 60_000;
const short = 2_400;
const long = 30_000;

interface Story {
  readonly machine: TestMachine;
  readonly tls: Readonly<Record<string, number>>;
  stack?: StackRun;
  bundle?: ClientBundle;
  fate?: string;
}

const stories: readonly [string, Story][] = [
  [
    "all of them",
    {
      machine: new TestMachine("t1"),
      tls: { caHours: short, serverHours: short, clientHours: short },
    },
  ],
  [
    "the machine's",
    {
      machine: new TestMachine("t2"),
      tls: { caHours: long, serverHours: short, clientHours: long },
    },
  ],
  [
    "the client's",
    {
      machine: new TestMachine("t3"),
      tls: { caHours: long, serverHours: long, clientHours: short },
    },
  ],
];

beforeAll(async () => {
  await Promise.all(
    stories.map(async ([, story]) => {
      const { machine, tls } = story;
      await machine.pristine();
      await machine.runContainer("box1");
      story.fate = await machine.fate("box1");
      const stack = await StackRun.create({
        tls,
        hosts: { [machine.name]: machine.host() },
      });
      story.stack = stack;
    }),
  );
  for (const [, story] of stories) {
    const { stack } = story;
    if (stack === undefined) throw new Error("no stack");
    await upInThePast(stack, short * hour - grace);
    story.bundle = (await stack.output("clientBundle")) as ClientBundle;
  }
  const [last] = stories.slice(-1);
  const end = new X509Certificate(last?.[1].bundle?.cert ?? "").validToDate.getTime();
  await setTimeout(Math.max(0, end - Date.now() + 1_500));
}, bootMilliseconds + 200_000);

afterAll(closeStacks);

describe.each(stories)("%s", (_ended, story) => {
  const parts = (): Required<Story> => {
    const { stack, bundle, fate } = story;
    if (!stack || !bundle || fate === undefined) throw new Error("its first up failed");
    return { ...story, stack, bundle, fate };
  };
  const heard = async (): Promise<string> => {
    const { machine, bundle } = parts();
    const { ca, cert, key } = bundle;
    return signTo(machine.address, { ca, certificate: cert, privateKey: key });
  };

  // proves: certificates.expired
  test("has ended: nobody gets in, a run says why, and a plain up repairs it by one restart at most", async () => {
    const { stack, machine, bundle, fate, tls } = parts();
    if (!isFromThePast(bundle.cert) && tls["clientHours"] === short) return console.log(noPast);
    expect(await heard()).toMatch(/expired/);
    const { exitCode, stdout } = await operator(stack, "expiry");
    expect(exitCode).toBe(2);
    if (tls["serverHours"] === short) {
      expect(stdout).toMatch(new RegExp(`machine +${machine.name} +ended .* -1$`, "m"));
      expect(stdout).toContain(`test: every client refuses ${machine.name}`);
    }
    const mark = await machine.mark();

    const up = await stack.up();

    expect(up.all).not.toMatch(/error:/);
    expect(up.all).toMatch(
      /no mutual TLS \([^\n]*\): [^\n]*ended on [^\n]*; run `pulumi up`, which renews it/,
    );
    expect(up.exitCode).toBe(0);
    expect(await machine.dockerStarts(mark)).toBe(tls["serverHours"] === short ? 1 : 0);
    expect(await machine.fate("box1")).toBe(fate);
    story.bundle = (await stack.output("clientBundle")) as ClientBundle;
    expect(await heard()).toBe("let in: HTTP 200");
    expect(story.bundle.key).toBe(bundle.key);
    expect(await operator(stack, "expiry")).toMatchObject({ exitCode: 0 });
  });
});
