import type * as pulumi from "@pulumi/pulumi";

/** Once an output has a value; never, where the resource failed. */
export function known(output: pulumi.Output<unknown>): Promise<void> {
  return new Promise((resolve) => {
    output.apply(() => resolve());
  });
}
