import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import {
  desiredHost,
  factsOf,
  freshMachine,
  tlsListener,
  type Values,
} from "../../support/machine-answer.ts";

const desired = desiredHost();

function refusalOf(values: Values): string {
  const result = checkPreconditions(factsOf(values), desired);
  return "where" in result ? formatProblem(result) : "no refusal";
}

/** systemd makes a unit of it; `probe.sh` asks no init script for its version. */
const initScript = {
  unit_text:
    "# /run/systemd/generator.late/docker.service\n[Service]\nExecStart=/etc/init.d/docker start\n",
  dockerd_version: undefined,
};

test("a file in the place of the socket that dockerd is to make", () => {
  const socket = "/srv/docker.sock";
  const facts = factsOf(freshMachine({ socket_is_taken: "yes" }));
  const result = checkPreconditions(facts, desiredHost({ listener: tlsListener({ socket }) }));
  expect("where" in result ? formatProblem(result) : "no refusal").toBe(
    "/srv/docker.sock: is there, and no socket; dockerd would take it away; choose another path in socket",
  );
});

describe("a machine that can't be converged is refused before it is touched", () => {
  const file = { daemon_json_kind: "file\n", daemon_json_stat: "644 0 0\n" };
  test.each([
    [
      "no systemd",
      { systemd: "no\n" },
      "init: systemd does not run this machine; dockerd is started, stopped and watched through it; use a machine booted by systemd",
    ],
    [
      "a docker that is a snap",
      { unit_text: "", unit_show: "LoadState=not-found\n", other_docker: "snap\n" },
      "docker: is installed as a snap; its unit and its daemon.json are the snap's own, and it can't read files outside of it; remove the snap and install your distribution's docker.io or Docker's docker-ce",
    ],
    [
      "a rootless docker, where only an init script of the system's is left",
      { ...initScript, other_docker: "rootless\n" },
      "docker: runs rootless, in a user's own session; there is no docker.service of the system to put behind TLS; install your distribution's docker.io or Docker's docker-ce beside it; the rootless one may stay",
    ],
    [
      "a docker that cloud-init may be about to install",
      { ...initScript, cloud_init: "running" },
      "docker: is not installed yet; it may be about to be: cloud-init, which is still at work; run it again when that has ended (`cloud-init status --wait` there waits for it), or have `up` wait: `waitFor: 10m`",
    ],
    [
      "a docker that a package manager may be about to install",
      { ...initScript, at_work: "dpkg\n" },
      "docker: is not installed yet; it may be about to be: dpkg, which is at work; run it again when that has ended (`ps` there shows it), or have `up` wait: `waitFor: 10m`",
    ],
    [
      "a masked unit",
      { unit_show: "LoadState=masked\nActiveState=inactive\n" },
      "docker.service: expected it unmasked, found it masked; systemd refuses to start it; run `systemctl unmask docker.service` on the machine if that is meant to end",
    ],
    [
      "a dockerd that is too busy to say its version",
      { dockerd_version: "" },
      "docker.service: systemd or dockerd did not say in time how it is; nothing can be decided without it; run it again; if that stays, see what keeps the machine busy",
    ],
    [
      "a systemd that is too busy to show the unit",
      { unit_text: "" },
      "docker.service: systemd or dockerd did not say in time how it is; nothing can be decided without it; run it again; if that stays, see what keeps the machine busy",
    ],
    [
      "a way to a file of ours in which others can write",
      { open_directory: "/srv/alice\n775 1000 1000\n/srv/alice/ssl/ca.pem\n" },
      "/srv/alice: somebody besides root can write in it (mode, user, group 775 1000 1000), and it leads to /srv/alice/ssl/ca.pem; they could put a file of their own in its place, and be root by the API; chown it to root and chmod go-w it on the machine, or choose another tls.directory or socket",
    ],
    [
      "a directory in the place of a file of ours",
      { blocked_path: "directory /opt/docker-ssl/key.pem" },
      "/opt/docker-ssl/key.pem: is a directory; a file of this program belongs there; move it away",
    ],
    [
      "a file on the way to one of ours",
      { blocked_path: "no-directory /opt" },
      "/opt: is not a directory; files of this program belong below it; move it away or choose another tls.directory",
    ],
    [
      "a file system that can't be written",
      { blocked_path: "read-only /etc/docker" },
      "/etc/docker: read-only; files of this program belong below it; remount it or choose another tls.directory",
    ],
    [
      "a tool that a change takes",
      { missing_tool: "flock" },
      "machine: flock is missing; a change takes it; install coreutils, grep, sed and util-linux",
    ],
    [
      "somebody else's file in the place of a certificate",
      { tls_of_others: "/opt/docker-ssl/ca.pem" },
      "/opt/docker-ssl/ca.pem: is there, and is not a certificate or key; somebody else needs it; choose other tls.files or another tls.directory",
    ],
    [
      "no docker.service",
      { unit_text: "", unit_show: "LoadState=not-found\n" },
      "docker: is not installed; there is no dockerd with a docker.service to put behind TLS; install your distribution's docker.io or Docker's docker-ce on the machine",
    ],
    [
      "an init script that a package left",
      initScript,
      "docker: is not installed; there is no dockerd with a docker.service to put behind TLS; install your distribution's docker.io or Docker's docker-ce on the machine",
    ],
    [
      "a unit without its dockerd",
      { dockerd_version: undefined },
      "docker: is not installed; there is no dockerd with a docker.service to put behind TLS; install your distribution's docker.io or Docker's docker-ce on the machine",
    ],
    [
      "a linked daemon.json",
      { daemon_json_kind: "symlink\n", daemon_json: "{}" },
      "/etc/docker/daemon.json: is a symbolic link; it can't be swapped in one step without breaking what it points at; put the file itself in its place",
    ],
    [
      "a directory for a daemon.json",
      { daemon_json_kind: "other\n" },
      "/etc/docker/daemon.json: is a special file; it can't be swapped in one step without breaking what it points at; put the file itself in its place",
    ],
    // proves: adopt.byte-order-mark
    [
      "a byte-order mark, over which some versions of dockerd start",
      { ...file, daemon_json: '\ufeff{"debug": true}\n' },
      "/etc/docker/daemon.json: begins with a byte-order mark; JSON allows none, and only some versions of dockerd start over it; take it out: `sed -i '1s/^\\xEF\\xBB\\xBF//' /etc/docker/daemon.json` on the machine",
    ],
    [
      "a daemon.json in another encoding",
      { ...file, daemon_json: '{"labels": ["caf\ufffd=1"]}' },
      "/etc/docker/daemon.json: is not JSON (it is not UTF-8); what others have set in it would be lost; correct the file on the machine",
    ],
    [
      "a daemon.json that is not JSON",
      { ...file, daemon_json: '{\n  "debug": true,\n}\n' },
      "/etc/docker/daemon.json: is not JSON (line 3: PropertyNameExpected); what others have set in it would be lost; correct the file on the machine",
    ],
    [
      "a daemon.json with a comment, which dockerd does not take",
      { ...file, daemon_json: '{} // {"password": "x"}' },
      "/etc/docker/daemon.json: is not JSON (line 1: InvalidCommentToken); what others have set in it would be lost; correct the file on the machine",
    ],
  ])("%s", (_case, values, line) => {
    expect(refusalOf(freshMachine(values))).toBe(line);
  });
});
