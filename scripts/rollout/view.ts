// How a person follows a rollout: a live table on a terminal, a line for each step where there is none.
import { Listr } from "listr2";
import type { Terminal } from "../../doctor/terminal.ts";
import { stepOf, type HostStep } from "./steps.ts";
import { changeLines } from "./text.ts";
import type { EngineEnd, View, Watch } from "./walk.ts";

/** A view that also shows lines of this process's own, at any time. */
export interface NotedView extends View {
  note(line: string): void;
}

type Say = (line: string) => void;

/** For pipes and logs. */
export function plainView(say: Say): NotedView {
  return {
    ...spoken(say, undefined),
    note: say,
    follow: async (title, _hosts, run) => {
      say(`${title}: begins`);
      const seen = new Map<string, string>();
      return run((event) => {
        const step = stepOf(event);
        if (step === undefined || seen.get(step.host) === step.step) return;
        seen.set(step.host, step.step);
        if (isTold(step.step)) say(`${title}: ${step.host}: ${step.step}`);
      });
    },
  };
}

/** A look at every machine would be a line of each, twice for every stack. */
const isTold = (step: HostStep["step"]): boolean => step !== "looking" && step !== "done";

/** Machines that fit on a terminal; of more, only those that something happens to are named. */
const roomFor = ({ rows }: { readonly rows: number }): number => Math.max(3, rows - 8);

/** For a terminal. */
export function liveView(stream: NodeJS.WriteStream, terminal: Terminal): NotedView {
  const say: Say = (line) => void stream.write(`${line}\n`);
  let current: Say | undefined;
  return {
    ...spoken(say, terminal),
    note: (line) => {
      if (current === undefined) say(line);
      else current(line);
    },
    follow: (title, hosts, run) =>
      live(title, hosts.length > roomFor(stream) ? [] : hosts, run, (show) => (current = show)),
  };
}

/** What is said between two runs, wherever it goes. */
function spoken(say: Say, terminal: Terminal | undefined): Omit<View, "follow"> {
  return {
    promotion: (stack, line) => {
      say(`${stack}: ${line.replace(`stack ${stack}: `, "")}`);
    },
    changes: (stack, changes) => {
      for (const line of changeLines(stack, changes, terminal)) say(line);
    },
    ended: ({ stack, outcome }) => {
      say(`${stack}: ${outcome}`);
    },
  };
}

interface HostRow {
  readonly show: (step: string) => void;
  readonly end: () => void;
}

async function live(
  title: string,
  hosts: readonly string[],
  run: (watch: Watch) => Promise<EngineEnd>,
  showing: (show: Say | undefined) => void,
): Promise<EngineEnd> {
  const rows = new Map<string, HostRow>();
  const steps = new Map<string, HostStep["step"]>();
  let headline: Say = () => undefined;
  const watch: Watch = (event) => {
    const step = stepOf(event);
    if (step === undefined) return;
    steps.set(step.host, step.step);
    rows.get(step.host)?.show(step.step);
    if (step.step === "done") rows.get(step.host)?.end();
    if (hosts.length === 0) headline(titleOf(title, steps));
  };
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
  const result = begun.then(() => run(watch));
  const table = new Listr(
    [
      {
        title,
        task: (_context, task) => {
          headline = (line) => (task.title = line);
          showing((line) => (task.output = line));
          begin(undefined);
          // A row without a title is not shown: it fails the whole where no machine has done so.
          const last = {
            task: async () => {
              const end = await result;
              if (end.errors.length > 0) headline(`${title}  not completed`);
              failWith(end);
            },
          };
          const own = hosts.map((host) => hostRow(host, result, { rows, steps }));
          return task.newListr([...own, last], { concurrent: true, exitOnError: true });
        },
        rendererOptions: { outputBar: Infinity, persistentOutput: true },
      },
    ],
    {
      // Signals are this program's own business: listr would exit on them.
      registerSignalListeners: false,
      exitOnError: false,
      rendererOptions: { collapseSubtasks: false, collapseErrors: false, showErrorMessage: false },
    },
  );
  try {
    await table.run();
    return await result;
  } finally {
    showing(undefined);
  }
}

function failWith({ errors }: EngineEnd): void {
  if (errors.length > 0) throw new Error(errors[0]);
}

interface Progress {
  readonly rows: Map<string, HostRow>;
  readonly steps: ReadonlyMap<string, HostStep["step"]>;
}

/** A machine's row: it ends with the machine's own last step, or with the run. */
function hostRow(host: string, result: Promise<EngineEnd>, { rows, steps }: Progress) {
  return {
    title: host,
    task: async (_context: unknown, task: Row): Promise<void> => {
      const { promise: done, resolve: end } = Promise.withResolvers<undefined>();
      const show = (step: string): void => void (task.title = `${host}  ${step}`);
      rows.set(host, {
        show,
        end: () => {
          end(undefined);
        },
      });
      const left = await Promise.race([done, result]);
      if (left === undefined) return;
      if (steps.get(host) === "failed") failWith(left);
      const isBusy = !["looking", undefined].includes(steps.get(host));
      const instead = left.errors.length === 0 ? "left as it is" : "not begun";
      task.skip(`${host}  ${isBusy ? (steps.get(host) ?? "") : instead}`);
    },
  };
}

/** What is used of listr's own wrapper of a task. */
interface Row {
  title?: string | undefined;
  skip(message: string): void;
}

/** Where the machines have no rows: who is being worked on, and how many are done. */
function titleOf(title: string, steps: ReadonlyMap<string, HostStep["step"]>): string {
  const done = [...steps.values()].filter((step) => step === "done").length;
  const busy = [...steps].filter(([, step]) => step !== "done" && step !== "looking");
  const names = busy.slice(0, 3).map(([host, step]) => `${host} ${step}`);
  const more = busy.length > names.length ? ["…"] : [];
  const machines = `${String(done)} of ${String(steps.size)} done`;
  return [title, [machines, ...names, ...more].join(", ")].join("  ");
}

/** The view that fits where this command's output goes; where stdout is for a document, everything else is on stderr. */
export function viewOf(json: boolean, terminal: Terminal): NotedView {
  if (json) {
    return plainView((line) => {
      console.error(line);
    });
  }
  return process.stdout.isTTY
    ? liveView(process.stdout, terminal)
    : plainView((line) => {
        console.log(line);
      });
}
