import { MachineError } from "../components/model/problem.ts";
import type { Failure, Stage } from "./ssh-problems.ts";

/** Why a machine could not be looked at. */
export class LookError extends MachineError {
  readonly stage: Stage;

  constructor(...[stage, problem]: Failure) {
    super(problem);
    this.stage = stage;
  }

  /** Whether nobody came onto the machine: it is away, is another one, or lets this user in no more. */
  get isUnreached(): boolean {
    return ["reach", "host key", "login"].includes(this.stage);
  }
}
