import * as z from "zod";
import { duration, text } from "./setting-types.ts";

const size = "a wave is a number of machines from 1 on, or a percentage from 1% to 100%; write one";

const waveSize = z.union(
  [z.int(size).min(1, size), z.string(size).regex(/^([1-9]\d?|100)%$/, size)] as const,
  size,
);

const predecessor = "it names the stack that goes before this one; write its name, such as staging";

/** How a change goes from machine to machine. */
export const rolloutSchema = z
  .strictObject(
    {
      waves: z
        .array(waveSize, "it holds the sizes of waves; write a list, such as [1, 20%, 100%]")
        .min(1, "it holds no size; write at least one, such as [100%]")
        .optional()
        .describe(
          "Sizes of the waves, in order: a number of machines, or a percentage of all of them, rounded up. The last " +
            "size repeats until every machine is in a wave. A wave begins when every machine of the one before is " +
            "proven, and again after `soak`. Without it: from four machines on one machine, then all others; below " +
            "that all at once. A change touches no machine.",
        ),
      canaries: z
        .array(
          text("it names no machine; write the name of a host"),
          "it holds names of hosts; write a list of them",
        )
        .default([])
        .describe(
          "Hosts that go first: the first wave has all of them, and is as large as they are many. Without it, the " +
            "machines go by their names, which is the order that the engine gives them. A change touches no machine.",
        ),
      soak: duration
        .prefault("10s")
        .describe(
          "How long a wave that was changed is left alone before it is proven once more, such as `30s`. The last one " +
            "needs none. A change touches no machine.",
        ),
      after: z
        .string(predecessor)
        .regex(/^\S+$/, predecessor)
        .optional()
        .describe(
          "The stack that must be green at the same commit before `npm run rollout` begins with this one. A plain " +
            "`pulumi up` does not ask for it. A change touches no machine.",
        ),
    },
    "it says how a change goes from machine to machine; write a map",
  )
  .prefault({});

export type Rollout = z.output<typeof rolloutSchema>;
