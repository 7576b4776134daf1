// The story of a rollout: stack after stack, and only over green ones. Whatever it needs is given to it.
import { isDeepStrictEqual } from "node:util";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { formatProblem } from "../../components/model/problem.ts";
import { eventsIn, type EngineEvents } from "../engine-events.ts";
import { certificateRows, hostFacts } from "../report/facts.ts";
import type { StateVersions } from "../drift/report.ts";
import { changesIn, inTheWay, isDue, problemsIn, unproven, type StackChanges } from "./changes.ts";
import { hostResults } from "./host-results.ts";
import type { Mark } from "./mark.ts";
import { promotionProblem } from "./promotion.ts";
import type { Release } from "./release.ts";
import {
  isGreen,
  outcomeOf,
  type Promotion,
  type RolloutReport,
  type StackResult,
} from "./report.ts";

export type Watch = (event: EngineEvent) => void;

/** How a run of the engine ended: without errors, or with the lines that say why not. */
export interface EngineEnd {
  readonly events: readonly EngineEvent[];
  readonly errors: readonly string[];
  /**
   * Where another run held the stack. "turned away": nothing was begun. "waited for": of a preview, that it came
   * after that run; of an `up`, that nothing was begun and the stack must be looked at again.
   */
  readonly held?: "turned away" | "waited for";
}

export interface Engines {
  preview(stack: string, how: { expectNoChanges: boolean; watch: Watch }): Promise<EngineEnd>;
  up(stack: string, how: { watch: Watch; continueOnError?: boolean }): Promise<EngineEnd>;
  /** @throws Error with one line. */
  mark(stack: string): Promise<Mark | undefined>;
  setMark(stack: string, mark: Mark): Promise<void>;
}

/** How the person follows it. */
export interface View {
  /** Shows one run of the engine, its machines as far as they are known before. */
  follow(
    title: string,
    hosts: readonly string[],
    run: (watch: Watch) => Promise<EngineEnd>,
  ): Promise<EngineEnd>;
  promotion(stack: string, line: string): void;
  changes(stack: string, changes: StackChanges): void;
  ended(result: StackResult): void;
}

export interface Rollout {
  readonly order: readonly string[];
  readonly predecessors: ReadonlyMap<string, string | undefined>;
  readonly release: Release;
  readonly plan: boolean;
  readonly skipPromotion: boolean;
  /** Of this program. */
  readonly version: string;
  readonly versions: StateVersions;
  readonly engines: Engines;
  readonly view: View;
  readonly confirm: (stack: string, changes: StackChanges) => Promise<boolean>;
  /** The release that lies there now: it must stay the same until the end. */
  readonly releaseNow: () => Release;
  readonly interrupted: () => boolean;
  /** Which wave each machine is in, by the stack's configuration as the program has had it. */
  readonly wavesOf: (stack: string, config: EngineEvents["config"]) => ReadonlyMap<string, number>;
  /** What is done around each stack's turn. */
  within<T>(stack: string, turn: () => Promise<T>): Promise<T>;
}

const nothing: StackChanges = { hosts: [], resources: {}, replaced: [], policies: [] };

export async function rollOut(rollout: Rollout): Promise<RolloutReport> {
  const { order, release, plan, skipPromotion, view, version } = rollout;
  const begun = new Date();
  const results: StackResult[] = [];
  for (const stack of order) {
    const isStopped = rollout.interrupted() || (!plan && !results.every(isGreen));
    const result = isStopped
      ? notBegun(stack, rollout)
      : await rollout.within(stack, () => new Turn(stack, rollout, results).take());
    results.push(result);
    if (!isStopped) view.ended(result);
  }
  const outcome = outcomeOf(results, rollout.interrupted());
  return {
    ...{ run: "rollout", outcome, begun: begun.toISOString(), seconds: secondsSince(begun) },
    ...{ version, release, plan, skipPromotion, stacks: results },
  };
}

const secondsSince = (begun: Date): number => Math.round((Date.now() - begun.getTime()) / 1000);

function notBegun(stack: string, { predecessors }: Rollout): StackResult {
  return {
    ...{ stack, outcome: "not begun", after: predecessors.get(stack) ?? "", promotion: "none" },
    ...{ failedAt: "", errors: [], begun: new Date().toISOString(), seconds: 0 },
    ...{ ...nothing, hosts: [], certificates: [] },
  };
}

/** The turn of one stack. */
class Turn {
  readonly #stack: string;
  readonly #rollout: Rollout;
  readonly #before: readonly StackResult[];
  readonly #begun = new Date();
  readonly #events: EngineEvent[] = [];
  #promotion: Promotion = "none";
  #notes: readonly string[] = [];
  #changes = nothing;
  #confirmed: StackChanges | undefined;

  constructor(stack: string, rollout: Rollout, before: readonly StackResult[]) {
    this.#stack = stack;
    this.#rollout = rollout;
    this.#before = before;
  }

  async take(): Promise<StackResult> {
    try {
      return await this.#run();
    } catch (error) {
      return this.#end("failed", "mark", [error instanceof Error ? error.message : String(error)]);
    }
  }

  async #run(): Promise<StackResult> {
    await this.#promote();
    const isRefused = this.#promotion === "refused" && !this.#rollout.plan;
    return isRefused ? this.#end("refused", "", this.#notes) : this.#look();
  }

  async #look(): Promise<StackResult> {
    const { plan, view, engines } = this.#rollout;
    const preview = await this.#follow("preview", (watch) =>
      engines.preview(this.#stack, { expectNoChanges: false, watch }),
    );
    this.#changes = changesIn(preview.events, this.#rollout.versions);
    if (this.#rollout.interrupted()) return this.#end("not begun");
    if (preview.errors.length > 0)
      return this.#end("failed", "preview", this.#withPolicies(preview));
    // Whoever waits for another run is told and asked again only where that one has made a difference.
    const isConfirmed = isDeepStrictEqual(this.#confirmed, this.#changes);
    if (!isConfirmed) view.changes(this.#stack, this.#changes);
    const due = isDue(this.#changes);
    const problems = due ? inTheWay(this.#changes) : unproven(this.#changes);
    if (problems.length > 0) return this.#red("preview", problems);
    if (!due) {
      await this.#setMark("green");
      return this.#end("unchanged", "", this.#notes);
    }
    if (plan) return this.#end("due", "", this.#notes);
    const isWanted = isConfirmed || (await this.#rollout.confirm(this.#stack, this.#changes));
    if (!isWanted && !this.#rollout.interrupted()) return this.#end("declined");
    this.#confirmed = this.#changes;
    return this.#up();
  }

  async #up(): Promise<StackResult> {
    const { engines, release, releaseNow, interrupted } = this.#rollout;
    if (interrupted()) return this.#end("not begun");
    if (releaseNow().id !== release.id) return this.#end("failed", "preview", [changedMeanwhile]);
    const before = await engines.mark(this.#stack);
    await this.#setMark("begun");
    const up = await this.#follow("up", (watch) => engines.up(this.#stack, { watch }));
    if (up.held !== undefined) await this.#unmark(before);
    // That the engine was stopped is no news.
    if (interrupted()) return this.#end("interrupted", "", problemsIn(up.events));
    // What was confirmed may be another matter after that run.
    if (up.held === "waited for") return this.#look();
    // The run that has the stack says how it is; this one knows nothing of it.
    if (up.held === "turned away") return this.#end("failed", "up", up.errors);
    if (up.errors.length > 0) return this.#red("up", this.#withPolicies(up));
    const proof = await this.#follow("proof", (watch) =>
      engines.preview(this.#stack, { expectNoChanges: true, watch }),
    );
    if (interrupted()) return this.#end("interrupted");
    if (proof.held === "turned away") return this.#end("failed", "proof", proof.errors);
    const left = changesIn(proof.events, this.#rollout.versions);
    const problems = [...this.#withPolicies(proof), ...unproven(left)];
    if (problems.length > 0) return this.#red("proof", problems);
    if (releaseNow().id !== release.id) return this.#end("failed", "proof", [changedMeanwhile]);
    await this.#setMark("green");
    return this.#end("changed", "", this.#notes);
  }

  /** Whether the stack before this one is green, as far as that is known already. */
  async #promote(): Promise<void> {
    const { predecessors, release, skipPromotion, plan, engines, view } = this.#rollout;
    const predecessor = predecessors.get(this.#stack);
    if (predecessor === undefined) return;
    const inThisRun = this.#before.find(({ stack }) => stack === predecessor);
    if (inThisRun !== undefined) {
      this.#promotion = isGreen(inThisRun) && !plan ? "green" : "in this rollout";
      return;
    }
    const mark = await engines.mark(predecessor);
    const problem = promotionProblem(this.#stack, predecessor, mark, release);
    if (problem === undefined) {
      this.#promotion = "green";
      return;
    }
    this.#promotion = skipPromotion ? "skipped" : "refused";
    const line = skipPromotion
      ? `${problem.what.replace(/,? which goes before it,?/, "")}: skipped by --skip-promotion`
      : formatProblem(problem);
    this.#notes = [line];
    if (skipPromotion || plan) view.promotion(this.#stack, line);
  }

  /** The engine counts what a mandatory policy objects to, and says it elsewhere. */
  #withPolicies({ events, errors }: EngineEnd): readonly string[] {
    const objections = changesIn(events, this.#rollout.versions).policies.filter((line) =>
      line.startsWith("mandatory: "),
    );
    const isOnlyThat = objections.length > 0 && errors.every((line) => / failed$/.test(line));
    return isOnlyThat ? objections : [...objections, ...errors];
  }

  async #follow(what: string, run: (watch: Watch) => Promise<EngineEnd>): Promise<EngineEnd> {
    const hosts = what === "preview" ? [] : this.#changes.hosts.map(({ host }) => host);
    const end = await this.#rollout.view.follow(`${this.#stack}: ${what}`, hosts, run);
    this.#events.push(...end.events);
    return end;
  }

  /** What later rollouts go by. A plan leaves it as it is. */
  async #setMark(state: Mark["state"]): Promise<void> {
    const { plan, engines, release } = this.#rollout;
    if (plan) return;
    const old = state === "green" ? await engines.mark(this.#stack) : undefined;
    if (old?.state === state && old.release === release.id) return;
    const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    await engines.setMark(this.#stack, { state, release: release.id, at });
  }

  /** This run has begun nothing, so what was said of the stack before still holds. */
  async #unmark(before: Mark | undefined): Promise<void> {
    const { engines, release } = this.#rollout;
    if (before === undefined) return;
    const now = await engines.mark(this.#stack);
    const isOurs = now?.state === "begun" && now.release === release.id;
    if (isOurs) await engines.setMark(this.#stack, before);
  }

  async #red(at: StackResult["failedAt"], errors: readonly string[]): Promise<StackResult> {
    await this.#setMark("red");
    return this.#end("failed", at, errors);
  }

  #end(
    outcome: StackResult["outcome"],
    failedAt: StackResult["failedAt"] = "",
    errors: readonly string[] = [],
  ): StackResult {
    const { predecessors, wavesOf } = this.#rollout;
    const [stack, events, told] = [this.#stack, this.#events, eventsIn(this.#events)];
    const waves = wavesOf(stack, told.config);
    const hosts = hostResults(this.#changes.hosts, { outcome, errors, events }).map((one) => ({
      ...{ ...one, ...hostFacts(one.host, told), wave: waves.get(one.host) ?? null },
    }));
    return {
      ...{ stack, outcome, after: predecessors.get(stack) ?? "", promotion: this.#promotion },
      ...{ failedAt, errors, begun: this.#begun.toISOString(), seconds: secondsSince(this.#begun) },
      ...{ ...this.#changes, hosts, certificates: certificateRows(stack, told, this.#begun) },
    };
  }
}

const changedMeanwhile = formatProblem({
  where: "project",
  what: "has changed since this rollout began",
  why: "the next stack would get something else than the one before",
  fix: "run it again",
});
