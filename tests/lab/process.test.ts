import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { isAlive, parseIdentity, startTimeIn } from "../../lab/machines/process.ts";

const linux = process.platform === "linux" ? describe : describe.skip;

linux("the process that a lab machine is", () => {
  const read = (path: string): string => readFileSync(path, "utf8");
  const boot = process.platform === "linux" ? read("/proc/sys/kernel/random/boot_id").trim() : "";

  test("is this one only with its start time and boot", () => {
    const ownStartTime = startTimeIn(read("/proc/self/stat")) ?? "";
    const own = { pid: process.pid, startTime: ownStartTime, boot };
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, startTime: String(Number(ownStartTime) - 1) })).toBe(false);
    expect(isAlive({ ...own, boot: "00000000-0000-0000-0000-000000000000" })).toBe(false);
  });

  test("is gone once it has ended, though nobody has looked yet", async () => {
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const stat = read(`/proc/${String(pid)}/stat`);
    const identity = { pid, startTime: startTimeIn(stat) ?? "", boot };
    expect(isAlive(identity)).toBe(true);
    child.kill("SIGKILL");
    await new Promise((done) => child.once("exit", done));
    expect(isAlive(identity)).toBe(false);
  });
});

test("a process's name may hold blanks and brackets", () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3)).join(" ");
  expect(startTimeIn(`42 (a) b) ${fields}`)).toBe("22");
});

test("half a pid file names no process", () => {
  expect(parseIdentity("42 1000 b3ae18ea-6f6b-47a1\n")).toEqual({
    pid: 42,
    startTime: "1000",
    boot: "b3ae18ea-6f6b-47a1",
  });
  for (const text of ["", "42", "42 1000", "-1 5 ab", "all 5 ab"]) {
    expect(parseIdentity(text)).toBeUndefined();
  }
});
