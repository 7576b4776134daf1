import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { parseAnswer, standardInput } from "../../components/model/envelope.ts";
import { remoteShell, shellText } from "../../components/model/remote-shell.ts";

const unicode = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
// No name begins with "end": cut after those letters, its line would look like the last one.
const name = fc
  .stringMatching(/^[a-z_][a-z0-9_.]{0,15}$/)
  .filter((text) => !text.startsWith("end"));

/** Half of them what one line can hold, in which a shell would see quotes, variables and commands. */
const setting = fc.oneof(unicode, fc.stringMatching(/^[ -~]{1,30}$/));

const boundary = "0123456789abcdef";

/** As a remote script answers. */
function answerFrom(values: Readonly<Record<string, string>>): string {
  const parts = Object.entries(values).map(([key, value]) => `\n${boundary} ${key}\n${value}`);
  return `${parts.join("")}\n${boundary} end\n`;
}

describe("standardInput", () => {
  test("the program, then one call with every setting and file on a line of its own", () => {
    const text = standardInput("main() { cat; }\n\n", {
      settings: { owner: "dockertls/dev/b1", directory: "" },
      files: [
        { name: "key.pem", mode: "0400", content: "KEY\n\n" },
        { name: "cert.pem", mode: "0444", content: "NO NEWLINE" },
      ],
    });
    expect(text).toBe(
      [
        "{",
        "main() { cat; }",
        "main <<'DOCKERTLS_ENVELOPE'",
        "text owner dockertls/dev/b1",
        "set directory -",
        "lines key.pem 0400 2",
        "KEY",
        "",
        "file cert.pem 0444 Tk8gTkVXTElORQ==",
        "end",
        "DOCKERTLS_ENVELOPE",
        "}",
        "",
      ].join("\n"),
    );
  });

  test("a shell hands every value to main unchanged, whatever is in it", () => {
    // The real thing: `sh` reads the program from standard input, as it does on the machine.
    const program = `value() { printf '\\n${boundary} %s\\n' "$1"; }
      main() { while IFS=' ' read -r kind name value; do case $kind in
        text) value "$name"; printf '%s' "$value" ;;
        set) value "$name"; [ "$value" = - ] || printf '%s' "$value" | base64 -d ;;
        end) value end ;; esac; done; }`;
    fc.assert(
      fc.property(fc.dictionary(name, setting, { maxKeys: 4 }), (settings) => {
        const input = standardInput(program, { settings, files: [] });
        const answer = parseAnswer(
          execFileSync("sh", ["-c", shellText], { input, encoding: "utf8" }),
          boundary,
        );
        expect(Object.fromEntries(answer ?? [])).toEqual(settings);
      }),
      { numRuns: 20 },
    );
  });

  test("cut short at any byte, nothing of it runs, and the shell fails", () => {
    const whole = standardInput("main() { echo ran; }\necho ran", { settings: {}, files: [] });
    for (let length = 0; length < whole.length - 1; length += 1) {
      const { status, stdout } = spawnSync("sh", ["-c", remoteShell("none")], {
        input: whole.slice(0, length),
        encoding: "utf8",
      });
      expect([length, stdout]).toEqual([length, ""]);
      expect([length, status]).not.toEqual([length, 0]);
    }
  });

  test("neither a quote nor a delimiter in a value can break out", () => {
    const evil = "DOCKERTLS_ENVELOPE\n'; rm -rf / #";
    const plain = "'; rm -rf / #";
    const text = standardInput("main() { :; }", { settings: { evil, plain }, files: [] });
    expect(text.split("\n").filter((line) => line.includes("rm -rf"))).toEqual([
      `text plain ${plain}`,
    ]);
    expect(text.split("\n").filter((line) => line === "DOCKERTLS_ENVELOPE")).toHaveLength(1);
  });
});

describe("parseAnswer", () => {
  test("gives back any text, empty ones included", () => {
    fc.assert(
      fc.property(fc.dictionary(name, unicode), (values) => {
        expect(Object.fromEntries(parseAnswer(answerFrom(values), boundary) ?? [])).toEqual(values);
      }),
    );
  });

  test("an answer cut at any byte is no answer, never half of one", () => {
    fc.assert(
      fc.property(fc.dictionary(name, unicode), (values) => {
        const whole = answerFrom(values);
        for (let length = 0; length < whole.length; length += 1) {
          const cut = parseAnswer(whole.slice(0, length), boundary);
          if (cut !== undefined) expect(Object.fromEntries(cut)).toEqual(values);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("what a login shell prints first does not spoil it", () => {
    const answer = parseAnswer(`Welcome to b1!\nend\n${answerFrom({ root: "yes\n" })}`, boundary);
    expect(answer?.get("root")).toBe("yes\n");
  });

  test("what comes after the end is no answer", () => {
    expect(parseAnswer(`${answerFrom({ root: "yes" })}root no\n`, boundary)).toBeUndefined();
  });
});
