import { managedSettings, mergeSettings } from "../components/model/daemon-json/merge.ts";
import type { Baseline } from "../components/model/desired/baseline.ts";
import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { desiredFiles } from "../components/model/desired/desired-files.ts";
import {
  foundSettings,
  showSame,
  wantedSettings,
} from "../components/model/drift/shown-settings.ts";
import { inside, isMap } from "../components/model/json-value.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { isSameAddress, readInputs, type Inputs } from "./host-state-record.ts";
import type { Properties } from "./provider.ts";
import { unwrap } from "./wire.ts";

/** An input of HostState that the program does not set: daemon.json as `--diff` shows it, before and after. */
interface Shown {
  readonly daemonJson?: string;
}

/** What is shown of the daemon.json of each machine that a run has refreshed. */
export class ShownSettings {
  readonly #machines = new Map<string, { readonly text: string; readonly baseline: Baseline }>();

  remember(host: string, { daemonJson }: MachineFacts, baseline: Baseline): void {
    this.#machines.set(host, { text: daemonJson.text, baseline });
  }

  /** As it was found; as it was recorded, where the last update has left it so. */
  found({ host, desired }: Inputs, olds: Properties): Shown {
    const machine = this.#machines.get(host);
    if (machine === undefined) return last(olds);
    const found = foundSettings(machine.text, desired);
    const { daemonJson } = desiredFiles(desired, machine.baseline);
    if (found !== wantedSettings(daemonJson, desired, desired.daemon)) return { daemonJson: found };
    // An update can't know what a machine that is new brings along, and tells a secret from the one before.
    const recorded = last(olds);
    const isLeft = [found, ownSettings(desired)].some((one) => showSame(recorded.daemonJson, one));
    return isLeft ? recorded : { daemonJson: found };
  }

  /** As it is to be. */
  wanted(news: Properties, olds: Properties): Shown {
    const { host, desired } = readInputs(news);
    if (olds["connection"] === undefined) return { daemonJson: ownSettings(desired) };
    const machine = this.#machines.get(host);
    if (machine === undefined || !isSameAddress(olds, news)) return last(olds);
    // Of whatever version they are.
    const before = inside(unwrap(olds["desired"]), "daemon");
    const { daemonJson } = desiredFiles(desired, machine.baseline);
    return { daemonJson: wantedSettings(daemonJson, desired, isMap(before) ? before : {}) };
  }
}

/** Of a machine that is new, what the program puts into it. */
function ownSettings(desired: DesiredHost): string {
  const { listener, daemon } = desired;
  // Most machines serve their own clients by systemd's socket.
  const local = listener.socket === undefined ? "fd://" : `unix://${listener.socket}`;
  const text = mergeSettings("", managedSettings(listener, daemon, [local]));
  return wantedSettings(text, desired, desired.daemon);
}

/** Of a machine that was not seen, what the last look has found. */
function last({ daemonJson }: Properties): Shown {
  return typeof daemonJson === "string" ? { daemonJson } : {};
}
