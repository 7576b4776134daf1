import { daemonKeys, ignoredNames } from "../../../components/model/daemon-json/key-table.ts";
import { daemonKey, isReserved } from "../../../components/model/daemon-json/keys.ts";

const named = (test: (key: string) => boolean): string[] => Object.keys(daemonKeys).filter(test);

// The lists of moby's reload.go and reload_unix.go, the words of a release for each version.
test("the keys that a reload puts into effect", () => {
  expect(named((key) => daemonKeys[key]?.effect === "reload")).toEqual([
    "allow-nondistributable-artifacts",
    "authorization-plugins",
    "debug",
    "default-cgroupns-mode",
    "default-ipc-mode",
    "default-runtime",
    "default-shm-size",
    "default-stop-timeout",
    "insecure-registries",
    "labels",
    "live-restore",
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "network-diagnostic-port",
    "nri-opts",
    "registry-mirrors",
    "runtimes",
    "shutdown-timeout",
  ]);
});

test("of these, the keys that go back to their default at a reload when they are taken out", () => {
  expect(named((key) => daemonKeys[key]?.effect === "reload" && !daemonKeys[key].sticky)).toEqual([
    "authorization-plugins",
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "network-diagnostic-port",
    "nri-opts",
  ]);
});

test("keys by dockerd's age", () => {
  const age = (end: "since" | "until"): Record<string, string | undefined> =>
    Object.fromEntries(
      named((key) => daemonKeys[key]?.[end] !== undefined).map((key) => [
        key,
        daemonKeys[key]?.[end],
      ]),
    );
  expect(age("since")).toEqual({
    "allow-direct-routing": "28.2",
    bip6: "28.0",
    "bridge-accept-fwmark": "29.0",
    "cdi-spec-dirs": "25.0",
    "default-network-opts": "24.0",
    "default-stop-timeout": "29.7",
    "firewall-backend": "29.0",
    "host-gateway-ips": "28.0",
    "ip-forward-no-drop": "28.0",
    "log-format": "25.0",
    "min-api-version": "29.0",
    "nri-opts": "29.2",
    proxies: "23.0",
  });
  expect(age("until")).toEqual({
    "allow-nondistributable-artifacts": "28.0",
    "api-cors-header": "26.1",
    "cluster-advertise": "20.10",
    "cluster-store": "20.10",
    "cluster-store-opts": "20.10",
    graph: "20.10",
    "oom-score-adjust": "24.0",
  });
});

test("a name is known, ours or passed over, never two of these", () => {
  for (const name of Object.keys(ignoredNames)) {
    expect({ name, known: daemonKey(name), reserved: isReserved(name) }).toEqual({
      name,
      known: undefined,
      reserved: false,
    });
  }
  expect(named(isReserved)).toEqual([]);
  for (const meant of Object.values(ignoredNames)) {
    if (meant !== undefined) expect(Object.keys(daemonKeys)).toContain(meant);
  }
});

test("what every object of JavaScript has is no key", () => {
  for (const name of ["constructor", "toString", "__proto__"]) {
    expect(daemonKey(name)).toBeUndefined();
    expect(isReserved(name)).toBe(false);
  }
});
