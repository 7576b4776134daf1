import {
  dropIn,
  executableOf,
  foreignExecStart,
  withoutListenerFlags,
} from "../../../components/model/systemd/drop-ins.ts";
import { dropInPath } from "../../../components/model/machine-paths.ts";
import { tlsListener } from "../../support/machine-answer.ts";

const debian = `# /usr/lib/systemd/system/docker.service
[Unit]
Description=Docker Application Container Engine
Requires=docker.socket

[Service]
Type=notify
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS
ExecReload=/bin/kill -s HUP $MAINPID
`;
const dockerCe = `# /lib/systemd/system/docker.service
[Service]
Type=notify
# the default is not to use systemd for cgroups
ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
ExecStartPost=/bin/true
`;
const debianCommand =
  "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS";
const override = (command: string): string =>
  `\n# /etc/systemd/system/docker.service.d/override.conf\n[Service]\nExecStart=\nExecStart=${command}\n`;

describe("foreignExecStart", () => {
  test("Debian's docker.io", () => {
    expect(foreignExecStart(debian)).toBe(debianCommand);
  });

  test("docker-ce; ExecStartPost and ExecReload are other settings", () => {
    expect(foreignExecStart(dockerCe)).toBe(
      "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock",
    );
  });

  test("a foreign drop-in that replaces the command has the last word", () => {
    expect(foreignExecStart(debian + override("/usr/sbin/dockerd --debug"))).toBe(
      "/usr/sbin/dockerd --debug",
    );
  });

  test("our own drop-in does not count, or its command would feed on itself", () => {
    const ours = `\n# ${dropInPath}\n${dropIn("/usr/sbin/dockerd --of-an-old-version", tlsListener(), ["fd://"])}`;
    expect(foreignExecStart(debian + ours)).toBe(debianCommand);
    expect(foreignExecStart(debian + override("/opt/dockerd") + ours)).toBe("/opt/dockerd");
  });

  test("a drop-in that comes after ours counts again", () => {
    const ours = `\n# ${dropInPath}\n${dropIn("/usr/sbin/dockerd", tlsListener(), ["fd://"])}`;
    const later =
      "\n# /etc/systemd/system/docker.service.d/zzz.conf\n[Service]\nExecStart=\nExecStart=/late\n";
    expect(foreignExecStart(debian + ours + later)).toBe("/late");
  });

  test("lines that end in a backslash go on; comments between them do not end them", () => {
    const unit =
      "# /etc/systemd/system/docker.service\n[Service]\n" +
      "ExecStart=/usr/bin/dockerd \\\n  --debug \\\n# a remark\n  ; another\n  --mtu 1400\nRestart=always\n";
    expect(foreignExecStart(unit)?.split(/\s+/)).toEqual([
      "/usr/bin/dockerd",
      "--debug",
      "--mtu",
      "1400",
    ]);
  });

  test("a comment that ends in a backslash does not swallow the line after it", () => {
    // systemd.syntax(7): a comment line is dropped before lines are joined.
    const unit =
      "# /etc/systemd/system/docker.service\n[Service]\n" +
      "#ExecStart=/usr/bin/dockerd \\\n#  -H fd://\nExecStart=/usr/bin/dockerd --debug\n";
    expect(foreignExecStart(unit)).toBe("/usr/bin/dockerd --debug");
  });

  test.each([
    ["CRLF", "[Service]\r\nExecStart=/usr/bin/dockerd\r\n"],
    ["spaces around the equals sign", "[Service]\nExecStart = /usr/bin/dockerd \n"],
  ])("%s", (_case, unit) => {
    expect(foreignExecStart(unit)).toBe("/usr/bin/dockerd");
  });

  test.each([
    ["nothing", ""],
    ["no unit of that name", "No files found for docker.service.\n"],
    [
      "a unit without a command",
      "# /usr/lib/systemd/system/docker.service\n[Service]\nType=notify\n",
    ],
    ["a command that a drop-in clears", `${debian}\n# /etc/x.conf\n[Service]\nExecStart=\n`],
    ["only ours", `# ${dropInPath}\n${dropIn("/usr/sbin/dockerd", tlsListener(), ["fd://"])}`],
  ])("none in %s", (_case, unit) => {
    expect(foreignExecStart(unit)).toBeUndefined();
  });
});

describe("withoutListenerFlags", () => {
  test.each([
    [debianCommand, "/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS"],
    ["/usr/bin/dockerd -H fd://", "/usr/bin/dockerd"],
    ["/usr/bin/dockerd -Hfd:// --debug", "/usr/bin/dockerd --debug"],
    ["/usr/bin/dockerd -H=fd:// --debug", "/usr/bin/dockerd --debug"],
    ["/usr/bin/dockerd --host=fd:// --host tcp://0.0.0.0:2375", "/usr/bin/dockerd"],
    ["/usr/bin/dockerd -H unix:///a -H tcp://0.0.0.0:2375 --debug", "/usr/bin/dockerd --debug"],
    ['/usr/bin/dockerd -H "unix:///with space" --debug', "/usr/bin/dockerd --debug"],
    ["/usr/bin/dockerd --host='unix:///with space' --debug", "/usr/bin/dockerd --debug"],
    ["/usr/bin/dockerd --host-gateway-ip=10.0.0.1", "/usr/bin/dockerd --host-gateway-ip=10.0.0.1"],
    ["/usr/bin/dockerd --label=x-H y", "/usr/bin/dockerd --label=x-H y"],
    ["/opt/my-Host/dockerd --data-root /a--host", "/opt/my-Host/dockerd --data-root /a--host"],
  ])("%s", (command, rest) => {
    expect(withoutListenerFlags(command)).toBe(rest);
  });
});

test.each([
  ["/usr/bin/dockerd --debug", "/usr/bin/dockerd"],
  ["-/usr/bin/dockerd", "/usr/bin/dockerd"],
  ["+!@/usr/bin/dockerd dockerd --debug", "/usr/bin/dockerd"],
  [":!!/usr/bin/dockerd", "/usr/bin/dockerd"],
  ["", ""],
])("executable of %s", (command, path) => {
  expect(executableOf(command)).toBe(path);
});

test("the drop-in clears the vendor's command before it sets one: two are a start failure", () => {
  const lines = dropIn(debianCommand, tlsListener(), ["fd://"]).split("\n");
  const commands = lines.filter((line) => line.startsWith("ExecStart"));
  expect(lines).toContain("[Service]");
  expect(commands).toEqual([
    "ExecStart=",
    "ExecStart=/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS",
  ]);
});
