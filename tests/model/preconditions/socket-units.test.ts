// Sockets that systemd holds for dockerd.
import type { Listener } from "../../../components/model/daemon-json/listener.ts";
import { systemdSocketOf } from "../../../components/model/observed/docker-socket.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { socketDropIn } from "../../../components/model/systemd/drop-ins.ts";
import { tcpIn } from "../../../components/model/systemd/socket-units.ts";
import {
  apiUnitsShown,
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  plainHost,
  tlsListener,
  vendorSocket,
  vendorUnit,
  type Values,
} from "../../support/machine-answer.ts";

const vendorTcp = "Id=docker-tls-tcp.socket\nActiveState=active\nUnitFileState=enabled\n";

function lineOf(values: Values, desired = desiredHost()): string {
  const result = checkPreconditions(factsOf(freshMachine(values)), desired);
  return "where" in result ? formatProblem(result) : "converged";
}

const withListener = (changes: Partial<Listener>) =>
  desiredHost({ listener: tlsListener(changes) });

/** The files of docker.socket: the vendor's and these settings in a drop-in. */
function socketWith(settings: string, dropIn = "local.conf"): Values {
  const text = `# /etc/systemd/system/docker.socket.d/${dropIn}\n[Socket]\n${settings}\n`;
  return { unit_text: `${vendorUnit}\n${vendorSocket}\n${text}` };
}

const held =
  "docker-tls-tcp.socket: listens on port 2376 (ListenStream=[::]:2376); systemd holds the port, and dockerd would not start on one that is in use; run `systemctl disable --now docker-tls-tcp.socket` on the machine, or choose another port";

// proves: socket.unit-refused
describe("a vendor's socket unit", () => {
  test.each<[string, string, string]>([
    ["on our port", `${vendorTcp}Listen=[::]:2376 (Stream)\n`, held],
    [
      "that is only about to start, at the next boot",
      `Id=docker-tls-tcp.socket\nActiveState=inactive\nUnitFileState=enabled\nListen=[::]:2376 (Stream)\n`,
      held,
    ],
    [
      "after another one",
      `Id=a.socket\nActiveState=active\nListen=/run/a.sock (Stream)\nListen=127.0.0.1:99 (Stream)\n\n${vendorTcp}Listen=[::]:2376 (Stream)\n`,
      held,
    ],
    [
      "on another port, served with TLS like ours",
      `${vendorTcp}Listen=[::]:2400 (Stream)\n`,
      "converged",
    ],
    [
      "that neither listens nor starts at boot",
      "Id=x.socket\nActiveState=inactive\nUnitFileState=disabled\nListen=[::]:2376 (Stream)\n",
      "converged",
    ],
    ["for datagrams", `${vendorTcp}Listen=[::]:2376 (Datagram)\n`, "converged"],
  ])("%s", (_case, other_sockets, line) => {
    expect(lineOf({ other_sockets })).toBe(line);
  });

  test("on another address than ours is not in the way, and on every address is", () => {
    const desired = withListener({ addresses: ["10.0.0.4"] });
    const on = (address: string): Values => ({
      other_sockets: `${vendorTcp}Listen=${address}:2376 (Stream)\n`,
    });
    expect(lineOf(on("127.0.0.1"), desired)).toBe("converged");
    expect(lineOf(on("10.0.0.4"), desired)).toContain("listens on port 2376");
    expect(lineOf(on("0.0.0.0"), desired)).toContain("listens on port 2376");
  });

  test("would be open with plain TCP, unless dockerd takes none from systemd", () => {
    const machine = { other_sockets: `${vendorTcp}Listen=[::]:2400 (Stream)\n` };
    expect(lineOf(machine, plainHost())).toBe(
      "docker-tls-tcp.socket: hands dockerd a socket on the network (ListenStream=[::]:2400); with `api: plain-tcp` dockerd would serve it in plaintext as well; run `systemctl disable --now docker-tls-tcp.socket` on the machine, or set `socket`, with which dockerd takes none from systemd",
    );
    expect(lineOf(machine, plainHost({ socket: "/var/run/docker.sock" }))).toBe("converged");
  });
});

describe("docker.socket itself", () => {
  test("on our port as well", () => {
    expect(lineOf(socketWith("ListenStream=2376"))).toBe(
      "docker.socket: listens on port 2376 (ListenStream=2376); systemd holds the port, and dockerd would not start on one that is in use; take ListenStream=2376 out of it on the machine, or choose another port",
    );
  });

  test("steps aside where dockerd makes its own socket, so its port does not matter", () => {
    expect(lineOf(socketWith("ListenStream=2376"), withListener({ socket: "/srv/d.sock" }))).toBe(
      "converged",
    );
  });

  test.each([
    ["as the vendor has it", "SocketGroup=ops", "/run/docker.sock"],
    ["elsewhere", "ListenStream=\nListenStream=/srv/docker.sock", "/srv/docker.sock"],
    ["in two places", "ListenStream=/srv/docker.sock", "/run/docker.sock"],
    ["in systemd's own words", "ListenStream=\nListenStream=%t/d.sock", "/run/d.sock"],
    [
      "on a port before a path",
      "ListenStream=\nListenStream=2400\nListenStream=/run/d.sock",
      "/run/d.sock",
    ],
  ])("listens %s", (_case, settings, path) => {
    expect(systemdSocketOf(factsOf(freshMachine(socketWith(settings))))).toBe(path);
  });

  test("our drop-in of an earlier version does not count", () => {
    const ours = socketWith(socketDropIn, "zz-dockertls.conf");
    expect(systemdSocketOf(factsOf(freshMachine(ours)))).toBe("/run/docker.sock");
  });

  test.each<[string, Values, string]>([
    ["is not there", { socket_show: "LoadState=not-found\n" }, ""],
    ["is masked", { socket_show: "LoadState=masked\n" }, ""],
    [
      "neither starts at boot nor with docker.service",
      {
        unit_show: "LoadState=loaded\nActiveState=active\nRequires=sysinit.target\n",
        socket_show: "LoadState=loaded\nUnitFileState=disabled\n",
      },
      "",
    ],
    [
      "starts at boot by itself",
      { unit_show: "LoadState=loaded\nActiveState=active\nRequires=sysinit.target\n" },
      "/run/docker.sock",
    ],
  ])("%s", (_case, values, path) => {
    expect(systemdSocketOf(factsOf(freshMachine(values)))).toBe(path);
  });

  test("without a path nobody on the machine could be asked about dockerd", () => {
    expect(lineOf(socketWith("ListenStream=\nListenStream=@docker"))).toBe(
      "docker.socket: listens on no path (ListenStream=@docker); this program asks dockerd on the machine by one, as its other clients do; add ListenStream=/run/docker.sock to it on the machine, or set `socket`",
    );
  });
});

test.each([
  ["2376", { address: "::", port: 2376 }],
  ["0.0.0.0:2376", { address: "0.0.0.0", port: 2376 }],
  ["[::1]:2376", { address: "::1", port: 2376 }],
  ["/run/docker.sock", undefined],
  ["@docker", undefined],
  ["vsock:2:1234", undefined],
])("ListenStream=%s", (stream, tcp) => {
  expect(tcpIn(stream)).toEqual(tcp);
});

describe("our own socket unit", () => {
  const held = withListener({ configuredBy: "socket" });
  const onlySystemd = 'LISTEN 0 9 *:2376 *:* users:(("systemd",pid=1,fd=40))\n';
  const lineOn = (changes: Values, desired = held): string => {
    const result = checkPreconditions(factsOf(convergedMachine(held, "", changes)), desired);
    return "where" in result ? formatProblem(result) : "converged";
  };

  test.each<[string, ReturnType<typeof withListener>]>([
    ["as it is to be", held],
    ["on the way to daemon.json", withListener({})],
  ])("%s is not in the way, though systemd alone has the port", (_case, desired) => {
    expect(lineOn({ listeners: onlySystemd }, desired)).toBe("converged");
  });

  test("that is stopped, or on another port, is not what systemd has there", () => {
    const stopped = apiUnitsShown({ state: "inactive" });
    expect(lineOn({ listeners: onlySystemd, other_sockets: stopped })).toMatch(
      /^port 2376: systemd \(pid 1\) listens there/,
    );
    const elsewhere = onlySystemd.replace("2376", "2377");
    const moved = withListener({ configuredBy: "socket", port: 2377 });
    expect(lineOn({ listeners: elsewhere }, moved)).toMatch(/^port 2377: systemd \(pid 1\)/);
  });

  test("that a file of somebody else changes is refused", () => {
    const dropIns = "/etc/systemd/system/dockertls-api.socket.d/x.conf";
    expect(lineOn({ other_sockets: apiUnitsShown({ dropIns }) })).toBe(
      `${dropIns}: changes dockertls-api.socket, or the unit that guards it; with another text they may hand dockerd a port that it serves in plaintext; remove it on the machine`,
    );
  });

  test("that a file for every unit changes as well is not", () => {
    const dropIns = "/usr/lib/systemd/system/socket.d/10-timeout.conf";
    expect(lineOn({ other_sockets: apiUnitsShown({ dropIns }) })).toBe("converged");
  });
});
