import { isForSocket, isForTlsFiles, isOwn } from "../../components/model/reserved-paths.ts";
import { linesOf, machine } from "../support/stack-configuration.ts";

test.each([
  "/etc",
  "/etc/ssl/certs",
  "/etc/systemd/system",
  "/etc/ssh",
  "/usr/bin",
  "/usr/share/ca-certificates",
  "/lib",
  "/run/docker-tls",
  "/var/run/tls",
  "/tmp",
  "/tmp/tls",
  "/proc/sys",
  "/dev/shm",
  "/var/lib/dockertls",
  "/var/lib/dockertls/tls",
  "/var/lib/docker/tls",
])("no TLS files in %s", (directory) => {
  expect(isForTlsFiles(directory)).toBe(false);
  expect(linesOf({ hosts: { b1: machine() }, tls: { directory } })).toEqual([
    `dockertls:tls.directory: is "${directory}"; files of the system or of this program lie there, or nothing stays there; write a directory of its own, such as /opt/docker-ssl`,
  ]);
});

test.each([
  "/opt/docker-ssl",
  "/etc/docker",
  "/etc/docker/tls",
  "/etc/ssl/docker",
  "/srv/tls",
  "/usr/local/etc/tls",
  "/root/tls",
  "/etcetera",
  "/var/lib/dockertls-other",
])("TLS files in %s", (directory) => {
  expect(isForTlsFiles(directory)).toBe(true);
});

test.each([
  "/run/dockertls-unused.sock",
  "/var/run/dockertls-unused.sock",
  "/run/dockertls.lock",
  "/var/lib/dockertls/docker.sock",
  "/run/containerd/containerd.sock",
  "/run/systemd/private",
  "/etc/passwd",
  "/proc/1/fd",
  "/dev/log",
])("no local socket at %s", (socket) => {
  expect(isForSocket(socket)).toBe(false);
  expect(linesOf({ hosts: { b1: machine({ socket }) } })).toEqual([
    `dockertls:hosts.b1.socket: is "${socket}"; the system, another service or this program itself needs that place; write another path, such as one below /run/docker`,
  ]);
});

test.each(["/var/run/docker.sock", "/run/docker.sock", "/run/docker/d.sock", "/srv/docker.sock"])(
  "a local socket at %s",
  (socket) => {
    expect(isForSocket(socket)).toBe(true);
  },
);

test.each([
  ["/var/lib/dockertls/", true],
  ["/var/lib/dockertls", true],
  ["/var/lib/docker", false],
])("%s is this program's own: %s", (path, own) => {
  expect(isOwn(path)).toBe(own);
});

test.each(["data-root", "exec-root", "pidfile"])("no %s among this program's own", (key) => {
  const daemon = { [key]: "/var/lib/dockertls/x" };
  expect(linesOf({ hosts: { b1: machine({ daemon }) } })).toEqual([
    `dockertls:hosts.b1.daemon.${key}: is "/var/lib/dockertls/x"; this program keeps there how the machine was; choose another place`,
  ]);
});
