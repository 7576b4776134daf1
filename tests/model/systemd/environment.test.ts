import { environmentOf } from "../../../components/model/systemd/environment.ts";
import { unitSettings } from "../../../components/model/systemd/unit-file.ts";

const unit = "/usr/lib/systemd/system/docker.service";
const dropIn = "/etc/systemd/system/docker.service.d/env.conf";
const defaults = "/etc/default/docker";

function valuesOf(text: string, files: Readonly<Record<string, string>> = {}): object {
  const environment = environmentOf(
    unitSettings(text),
    Object.entries(files).map(([path, content]) => ({ path, text: content })),
  );
  return Object.fromEntries(
    [...environment].map(([name, { value, file }]) => [name, [value, file]]),
  );
}

test("Environment=: several in a line, quoted, the last counts, and an empty one takes them back", () => {
  const text = `# ${unit}\n[Service]\nEnvironment=A=1 "B=2 3" C=x\n# ${dropIn}\n[Service]\nEnvironment=C=y\n`;
  expect(valuesOf(text)).toEqual({ A: ["1", unit], B: ["2 3", unit], C: ["y", dropIn] });
  expect(valuesOf(`${text}Environment=\nEnvironment=D=4\n`)).toEqual({ D: ["4", dropIn] });
});

test("a file comes after Environment=, wherever the unit names it", () => {
  const text = `# ${unit}\n[Service]\nEnvironmentFile=-${defaults}\nEnvironment=DOCKER_OPTS=--debug\n`;
  expect(valuesOf(text, { [defaults]: "DOCKER_OPTS=-H tcp://x\n" })).toEqual({
    DOCKER_OPTS: ["-H tcp://x", defaults],
  });
});

test.each([
  ['# DOCKER_OPTS="-H tcp://x"\n', {}],
  ["; DOCKER_OPTS=-H\n", {}],
  // systemd passes over a line that only a shell would understand.
  ["export DOCKER_OPTS=-H\n", {}],
  ['DOCKER_OPTS="--dns 8.8.8.8 -H tcp://x"\r\n', { DOCKER_OPTS: "--dns 8.8.8.8 -H tcp://x" }],
  ["DOCKER_OPTS='--debug'\n", { DOCKER_OPTS: "--debug" }],
  ['DOCKER_OPTS="--debug \\\n  -H tcp://x"\n', { DOCKER_OPTS: "--debug   -H tcp://x" }],
  ["A=1\nDOCKER_OPTS=  --debug  \n", { A: "1", DOCKER_OPTS: "--debug" }],
  ['A="it\\"s"\n', { A: 'it"s' }],
])("a file that says %j", (content, values) => {
  const text = `# ${unit}\n[Service]\nEnvironmentFile=${defaults}\n`;
  expect(valuesOf(text, { [defaults]: content })).toEqual(
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value, defaults]])),
  );
});

test("a pattern stands for what was found on the machine; other files don't count", () => {
  const text = `# ${unit}\n[Service]\nEnvironmentFile=/etc/docker/env.d/*.env\n`;
  expect(valuesOf(text, { "/etc/docker/env.d/a.env": "A=1\n", "/etc/other": "B=2\n" })).toEqual({
    A: ["1", "/etc/docker/env.d/a.env"],
  });
});
