import type { Told } from "../../provider/provider.ts";

/** Keeps the lines that a person would be told, warnings marked as such. */
export class ToldLines implements Told {
  readonly lines: string[] = [];

  info(line: string): void {
    this.lines.push(line);
  }

  warn(line: string): void {
    this.lines.push(`warning: ${line}`);
  }
}
