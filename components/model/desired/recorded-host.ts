import type { Listener } from "../daemon-json/listener.ts";
import type { DesiredHost } from "./desired-host.ts";

// A desired state as the inputs of HostState hold it. In states `configuredBy` is called `place`.

export type RecordedListener = Omit<Listener, "configuredBy"> & {
  readonly place: Listener["configuredBy"];
};

export type RecordedHost = Omit<DesiredHost, "listener"> & { readonly listener: RecordedListener };

export function recordedListener({ configuredBy, ...listener }: Listener): RecordedListener {
  return { ...listener, place: configuredBy };
}

export function readRecordedHost({ listener, ...host }: RecordedHost): DesiredHost {
  const { place, ...rest } = listener;
  return { ...host, listener: { ...rest, configuredBy: place } };
}
