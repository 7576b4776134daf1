import * as z from "zod";
import { duration, text } from "./setting-types.ts";

const forms =
  "it says how a machine is asked whether it works; write a map with a `command`, or false for none";

const limit =
  "nobody else can change the machine meanwhile; write a time from 1s to 10m, such as 30s";

export const healthCheckSchema = z.strictObject(
  {
    command: text("nothing would be asked; write a command of the machine's shell")
      .regex(/\S/, "nothing would be asked; write a command of the machine's shell")
      .describe(
        "What `sh` runs on the machine, as root; it passes with exit code 0. It may be a secret of the stack: " +
          "then nothing that it says is shown. A change does nothing by itself.",
      ),
    timeout: duration
      .refine((seconds) => seconds >= 1 && seconds <= 600, limit)
      .prefault("30s")
      .describe(
        "How long it is asked again until it passes, before a change and after it. A change does nothing by itself.",
      ),
    before: z
      .enum(["require", "ignore"], "there is no such choice; write one of require, ignore")
      .default("require")
      .describe(
        "What becomes of a machine that does not pass before a change: with `require` it is refused and left as it " +
          "is, with `ignore` it is changed without having been asked, and must pass afterwards. A change does nothing by itself.",
      ),
  },
  forms,
);

/** For one machine, or for all of them under `defaults`. */
export const healthShape = {
  healthCheck: z
    .preprocess((value) => (value === false ? undefined : value), healthCheckSchema.optional())
    .describe(
      "A command on the machine that must pass before a change of it, and after it, or the machine is rolled back. " +
        "It is asked when a change reloads or restarts dockerd or corrects files, and not by `destroy`; false: none, whatever `defaults` say.",
    ),
};
