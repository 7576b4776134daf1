import { portProblem } from "../../../components/model/preconditions/port.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { factsOf, freshMachine } from "../../support/machine-answer.ts";

function lineFor(listeners: string, addresses = ["0.0.0.0"]): string {
  const unit_show = "LoadState=loaded\nActiveState=active\nMainPID=5\n";
  const problem = portProblem(factsOf(freshMachine({ listeners, unit_show })), {
    addresses,
    port: 2376,
  });
  return problem === undefined ? "" : formatProblem(problem);
}

const at = (address: string, users: string): string =>
  `LISTEN 0 9 ${address}:2376 *:* ${users === "" ? "" : `users:((${users}))`}\n`;
const nginx = '"nginx",pid=77,fd=3';

test.each([
  ["every address", "*", ["0.0.0.0"]],
  ["one that dockerd is to listen on", "10.0.0.4", ["127.0.0.1", "10.0.0.4"]],
  ["one of all that dockerd is to listen on", "127.0.0.1", ["0.0.0.0"]],
  ["every address, and dockerd is to have one", "[::]", ["10.0.0.4"]],
])("another program that listens on %s is in the way", (_where, address, addresses) => {
  expect(lineFor(at(address, nginx), addresses)).toBe(
    "port 2376: nginx (pid 77) listens there; dockerd cannot listen there as well; stop it or choose another port, by the host's `port` or dockertls:tls.port; `systemctl status 77` on the machine names its unit",
  );
});

test.each([
  ["dockerd itself", at("*", '"dockerd",pid=5,fd=3')],
  ["nobody", "LISTEN 0 9 *:2377 *:* users:((nginx,pid=77,fd=3))\n"],
  ["somebody who can't be seen", at("*", "")],
  ["a program on what is no address", at("bogus", nginx)],
  ["a program on an address that dockerd is not to have", at("127.0.0.1", nginx)],
])("%s is not", (_who, listeners) => {
  expect(lineFor(listeners, ["10.0.0.4"])).toBe("");
});

test("a socket that systemd holds for another service", () => {
  expect(lineFor(at("*", '"systemd",pid=1,fd=40'))).toMatch(
    /^port 2376: systemd \(pid 1\) listens there; .*; `systemctl list-sockets` on the machine names its unit$/,
  );
});

test("a dockerd that is not the one of docker.service is", () => {
  expect(lineFor(at("*", '"dockerd",pid=99,fd=3'))).toMatch(
    /^port 2376: dockerd \(pid 99\) listens/,
  );
});
