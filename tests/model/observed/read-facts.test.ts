import { sha256 } from "../../../components/model/digest.ts";
import { readFacts } from "../../../components/model/observed/read-facts.ts";
import { readInfo } from "../../../components/model/observed/docker-info.ts";
import { forgedName } from "../../support/hostile-machine.ts";
import {
  answerOf,
  anyBoundary,
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  infoOf,
  tlsFiles,
} from "../../support/machine-answer.ts";

test("a machine with docker just installed", () => {
  const facts = factsOf(freshMachine({ epoch: "1790000000\n" }));
  expect(facts).toMatchObject({
    operatingSystem: "Debian GNU/Linux 13 (trixie)",
    clock: 1790000000,
    systemd: true,
    dockerdVersion: "26.1.5+dfsg1",
    daemonJson: { kind: "absent", stat: "", text: "" },
    record: undefined,
    interrupted: false,
    dropIn: undefined,
    tls: { ca: undefined, cert: undefined, key: undefined },
    info: { name: "b1", serverVersion: "26.1.5" },
  });
  expect(facts.unit.get("ActiveState")).toBe("active");
});

test("a converged machine: record, files with their modes, base", () => {
  const base = '{"mtu": 1400}\n';
  const desired = desiredHost();
  const facts = factsOf(convergedMachine(desired, base));
  expect(facts.record).toEqual({
    owner: "dockertls/dev/b1",
    daemonJsonSha: sha256(facts.daemonJson.text),
    baseSha: sha256(base),
    managed: [
      ...[["hosts"], ["live-restore"], ["registry-mirrors"], ["tls"], ["tlscacert"], ["tlscert"]],
      ...[["tlskey"], ["tlsverify"]],
    ],
  });
  expect(facts.base).toBe(base);
  expect(facts.originalDaemonJson).toBe(base);
  expect(facts.tls.key).toEqual({ sha256: sha256(tlsFiles.key), stat: "400 0 0" });
  expect(facts.dropIn?.stat).toBe("644 0 0");
});

test("only the line itself says that a run was interrupted, even when it says nothing", () => {
  expect(factsOf(freshMachine({ pending: "" })).interrupted).toBe(true);
  expect(factsOf(freshMachine({ pending: "owner=x\n" })).interrupted).toBe(true);
  expect(factsOf(freshMachine()).interrupted).toBe(false);
});

test("whom the machine belongs to, and where: a run that was interrupted has taken it already", () => {
  const pending =
    "version=1\nrun=2\nowner=dockertls/prod/x\nundo_run=\naddress=10.0.0.7:22\nclaim=9\n";
  const owner = { id: "dockertls/prod/x", endpoint: "10.0.0.7:22", fencingToken: "9" };
  expect(factsOf(freshMachine({ pending })).owner).toEqual(owner);
  expect(factsOf(convergedMachine(desiredHost(), "", { pending }))).toMatchObject({
    owner,
    record: { owner: "dockertls/dev/b1" },
  });
  expect(factsOf(convergedMachine(desiredHost(), "", { pending: "" })).owner).toBeUndefined();
  expect(factsOf(freshMachine()).owner).toBeUndefined();
});

test("what an earlier version recorded has no place and no claim", () => {
  expect(factsOf(freshMachine({ record: "version=1\nowner=dockertls/dev/b1\n" })).owner).toEqual({
    id: "dockertls/dev/b1",
    endpoint: "",
    fencingToken: "0",
  });
});

test("values of a unit's properties keep their equals signs", () => {
  const show = "ExecStart={ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd --mtu=1400 }\n";
  expect(factsOf(freshMachine({ unit_show: show })).unit.get("ExecStart")).toContain("--mtu=1400");
});

test("a machine without docker", () => {
  const facts = factsOf(
    freshMachine({
      unit_text: "",
      unit_show: "LoadState=not-found\nActiveState=inactive\n",
      dockerd_version: undefined,
      docker_info: "",
    }),
  );
  expect(facts.dockerdVersion).toBe("");
  expect(facts.info).toBeUndefined();
  expect(facts.unit.get("LoadState")).toBe("not-found");
});

test("a dockerd that runs and would be started again has said its version already", () => {
  const values = { dockerd_version: undefined, docker_info: infoOf({ ServerVersion: "28.5.2" }) };
  expect(factsOf(freshMachine({ ...values, dockerd_is_current: "yes" })).dockerdVersion).toBe(
    "28.5.2",
  );
  // Another one that answers, in a container say, is not the one that would be started.
  expect(factsOf(freshMachine(values)).dockerdVersion).toBe("");
});

test("nothing is taken of a file that is too long", () => {
  const fitting = "x".repeat(64 * 1024);
  const long = { daemon_json: `${fitting}y`, tls_cert_text: `${fitting}y`, record: `${fitting}y` };
  const facts = factsOf({ ...freshMachine(), ...long, base: fitting });
  expect(facts.daemonJson).toMatchObject({ kind: "long", text: "" });
  expect([facts.certificate, facts.record]).toEqual(["", undefined]);
  expect(facts.base).toBe(fitting);
});

test("an answer that was cut short is none", () => {
  const answer = answerOf(freshMachine());
  expect(readFacts(answer.slice(0, answer.length / 2), anyBoundary)).toBeUndefined();
  expect(readFacts("", anyBoundary)).toBeUndefined();
});

describe("readInfo", () => {
  test.each([
    ["", undefined],
    ["not json", undefined],
    ["null", undefined],
    ['{"ServerErrors": ["Cannot connect to the Docker daemon"]}', undefined],
  ])("%j is no daemon's answer", (text, info) => {
    expect(readInfo(text)).toBe(info);
  });

  test("a daemon that sends null for its registries has answered", () => {
    expect(readInfo(infoOf({ RegistryConfig: null }))?.name).toBe("b1");
    expect(readInfo(infoOf({ RegistryConfig: { Mirrors: null } }))?.name).toBe("b1");
  });
});

test("names that a machine gives itself come as a line that forges none of ours", () => {
  const facts = factsOf(
    freshMachine({
      os_release: `PRETTY_NAME="Debian\u001b[2K\u009b31m\u202edrift: b1: gone"\n`,
      docker_info: infoOf({ Name: forgedName, OperatingSystem: forgedName }),
      daemon_json_stat: forgedName,
      record: `owner=dockertls/dev/b1\u009b31m\nclaim=${forgedName}\n`,
    }),
  );
  const { operatingSystem, info, daemonJson, owner } = facts;
  for (const word of [operatingSystem, info?.name, info?.operatingSystem, daemonJson.stat]) {
    expect(word).not.toBe("");
    expect(word).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  }
  expect(owner).toEqual({ id: "dockertls/dev/b1 31m", endpoint: "", fencingToken: "0" });
});

test("an answer of dockerd that is nested deep is none", () => {
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  const text = `{"ServerVersion":"26.1","LiveRestoreEnabled":true,"Labels":${deep}}`;
  expect(readInfo(text)).toBeUndefined();
});
