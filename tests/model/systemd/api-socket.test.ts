// The socket unit that holds the API's port, and what guards it.
import type { Listener } from "../../../components/model/daemon-json/listener.ts";
import { apiGuard, apiSocket } from "../../../components/model/systemd/api-socket.ts";
import { dropIn, restartDropIn } from "../../../components/model/systemd/drop-ins.ts";
import { unitSettings } from "../../../components/model/systemd/unit-file.ts";
import { tlsListener } from "../../support/machine-answer.ts";

const held = (changes: Partial<Listener> = {}): Listener =>
  tlsListener({ configuredBy: "socket", ...changes });

const valuesOf = (text: string, key: string): string[] =>
  unitSettings(text).flatMap((setting) => (setting.key === key ? [setting.value] : []));

const tlsFlags =
  "--tls --tls --tlsverify --tlscacert=/opt/docker-ssl/ca.pem --tlscert=/opt/docker-ssl/cert.pem --tlskey=/opt/docker-ssl/key.pem";

describe("the socket unit", () => {
  test.each<[string, readonly string[], string[]]>([
    ["every address, of IPv6 as well", ["0.0.0.0"], ["2376"]],
    ["every address, written as IPv6", ["::"], ["2376"]],
    ["some of them", ["10.0.0.4", "2001:db8::1"], ["10.0.0.4:2376", "[2001:db8::1]:2376"]],
  ])("listens on %s", (_case, addresses, streams) => {
    expect(valuesOf(apiSocket(held({ addresses })), "ListenStream")).toEqual(streams);
  });

  test("is neither enabled nor handed to docker.service by itself", () => {
    const text = apiSocket(held());
    expect(text).not.toContain("[Install]");
    expect(valuesOf(text, "Service")).toEqual([]);
    expect(valuesOf(text, "FreeBind")).toEqual(["yes"]);
  });
});

describe("the drop-in", () => {
  const text = dropIn("/usr/sbin/dockerd -H fd:// --debug $DOCKER_OPTS", held(), ["fd://"]);

  test("ends in the TLS flags, so that nothing before them counts, and hands the socket over", () => {
    expect(valuesOf(text, "ExecStart")).toEqual([
      "",
      `/usr/sbin/dockerd --debug $DOCKER_OPTS -H fd:// ${tlsFlags}`,
    ]);
    expect(valuesOf(text, "Sockets")).toEqual(["dockertls-api.socket"]);
  });

  test("takes what systemd holds once, beside a socket that dockerd makes itself", () => {
    const socket = "/run/docker/api.sock";
    const own = dropIn("/usr/sbin/dockerd", held({ socket }), [`unix://${socket}`]);
    expect(valuesOf(own, "ExecStart").at(-1)).toContain(
      " -H fd:// -H unix:///run/docker/api.sock --tls ",
    );
  });

  test("requires the guard, and so does the other one", () => {
    for (const one of [text, restartDropIn(held())]) {
      expect(valuesOf(one, "Requires")).toEqual(["dockertls-api.service"]);
      expect(valuesOf(one, "After")).toEqual(["dockertls-api.service"]);
    }
    expect(valuesOf(restartDropIn(tlsListener()), "Requires")).toEqual([]);
  });
});

describe("the guard", () => {
  test("runs as often as dockerd starts, and before it", () => {
    const text = apiGuard(held());
    expect(valuesOf(text, "StartLimitIntervalSec")).toEqual(["0"]);
    expect(valuesOf(text, "Before")).toEqual(["docker.service"]);
    expect(valuesOf(text, "ExecStart")[0]).toContain(`*" ${tlsFlags} ; ignore_errors="*) exit 0;;`);
  });

  test("is in the drop-in as well", () => {
    expect(valuesOf(dropIn("/usr/sbin/dockerd", held(), ["fd://"]), "ExecStartPre")).toEqual([
      `+${valuesOf(apiGuard(held()), "ExecStart")[0] ?? ""}`,
    ]);
  });
});
