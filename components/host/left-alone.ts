import type * as pulumi from "@pulumi/pulumi";

/**
 * Options of what a machine has in the state: in its maintenance that stays as it is. What is not there yet is made with
 * the inputs that it is given, so those must dial nobody.
 */
export function leftAlone(
  maintenance: boolean,
): Pick<pulumi.CustomResourceOptions, "ignoreChanges"> {
  return maintenance ? { ignoreChanges: ["*"] } : {};
}
