import { certifiedBy } from "../components/model/cross-certificate.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import { changedKeys, text, unwrap } from "./wire.ts";

/**
 * One authority certified by another, kept in the state, since a signature is another each time. It is made anew where
 * one of the two is renewed, and ends with the first of them.
 */
export class CrossCertificateResource implements ManagedResource {
  readonly stateVersion = 1;
  readonly inputsAlone = ["olderKey"];

  changed(state: Properties, inputs: Properties): boolean {
    return changedKeys(["newer", "older"], state, inputs).length > 0;
  }

  create(inputs: Properties): Promise<Properties> {
    const olderKey = String(unwrap(inputs["olderKey"]));
    const certificate = certifiedBy(text(inputs, "newer"), text(inputs, "older"), olderKey);
    return Promise.resolve({ ...inputs, certificate });
  }

  update(_state: Properties, inputs: Properties): Promise<Properties> {
    return this.create(inputs);
  }

  read(state: Properties): Promise<Properties> {
    return Promise.resolve(state);
  }

  warnings(): string[] {
    return [];
  }
}
