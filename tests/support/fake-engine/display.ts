// What a person would see of a run, in the engine's own form as far as tests read it.
import { parseUrn } from "../../../components/identity.ts";

type Count = "created" | "updated" | "deleted" | "replaced" | "unchanged";
/** How the engine shows each of them, in the order in which it counts them. */
const steps: Readonly<Record<Count, string>> = {
  created: "+   create",
  updated: "~   update",
  deleted: "-   delete",
  replaced: "+-  replace",
  unchanged: "",
};
const order = Object.keys(steps) as Count[];

/** A step that has failed; it was told already. */
export class StepFailed extends Error {}

export class Display {
  readonly #counts = new Map<Count, number>();
  /** Lines by URN; "" are the stack's own. */
  readonly #said = new Map<string, string[]>();
  readonly #streams = new Map<number, { text: string }>();
  readonly #stack: string;
  #failed = false;

  /** @param stack URN of the stack, to which belongs what is said of no resource. */
  constructor(stack: string) {
    this.#stack = stack;
  }

  get hasFailed(): boolean {
    return this.#failed;
  }

  get changes(): number {
    return order.slice(0, -1).reduce((sum, one) => sum + (this.#counts.get(one) ?? 0), 0);
  }

  /** A step that was taken, or in a preview would be. */
  count(what: Count, urn: string): void {
    const [sign = "", step = ""] = steps[what].split(/ +/);
    const { type, name } = parseUrn(urn);
    if (step !== "") this.line(` ${sign}  ${type} ${name} ${step}\n    [urn=${urn}]`);
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** What a look has found otherwise than it was recorded. */
  refreshed(urn: string, keys: readonly string[]): void {
    const { type, name } = parseUrn(urn);
    this.line(` ~  ${type} ${name} refresh [diff: ${keys.map((key) => `~${key}`).join()}]`);
  }

  /** A line that is shown at once. */
  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  say(urn: string, severity: "info" | "warning" | "error", message: string): void {
    if (severity === "error") this.#failed = true;
    const text = severity === "info" ? message : `${severity}: ${message}`;
    const { type, name } = parseUrn(urn || this.#stack);
    this.line(` @ ${type} ${name}: ${text}`);
    this.#keep(urn || this.#stack, text);
  }

  /** Text that goes on a line which is begun already. */
  add(stream: number, text: string): void {
    this.#streams.set(stream, { text: (this.#streams.get(stream)?.text ?? "") + text });
  }

  /** @throws StepFailed */
  async step<T>(urn: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StepFailed) throw error;
      this.say(urn, "error", error instanceof Error ? error.message : String(error));
      throw new StepFailed(urn);
    }
  }

  /** What is left to say at the end. */
  end(): void {
    for (const { text } of this.#streams.values()) this.#keep(this.#stack, text);
    if (this.#said.size > 0) this.line("\nDiagnostics:");
    for (const [urn, lines] of this.#said) {
      const { type, name } = parseUrn(urn);
      this.line(`  ${type} (${name}):`);
      for (const line of lines.flatMap((one) => one.split("\n"))) this.line(`    ${line}`);
      this.line("");
    }
    if (this.#failed) return;
    const counts = order.flatMap((one) => {
      const count = this.#counts.get(one) ?? 0;
      return count === 0 ? [] : [`    ${String(count)} ${one}`];
    });
    this.line(["Resources:", ...counts, ""].join("\n"));
  }

  #keep(urn: string, text: string): void {
    this.#said.set(urn, [...(this.#said.get(urn) ?? []), text]);
  }
}
