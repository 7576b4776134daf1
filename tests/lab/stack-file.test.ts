import { asItWas, saltIn, takenBack, withSalt } from "../../scripts/stack-file.ts";

const salt = "encryptionsalt: v1:abc=:v1:def:ghi==";
const committed = "# our machine\nconfig:\n  dockertls:hosts: {} # none yet\n";

test("a run that changes nothing leaves the committed file alone", () => {
  const handedOver = withSalt(committed, salt);
  expect(saltIn(handedOver)).toBe(salt);
  expect(takenBack(handedOver, handedOver)).toBeUndefined();
});

test("what config set wrote comes back, the salt doesn't", () => {
  const handedOver = withSalt(committed, salt);
  const changed = handedOver.replace(
    "encryptionsalt",
    "  dockertls:tls:\n    port: 2377\nencryptionsalt",
  );
  expect(takenBack(handedOver, changed)).toBe(`${committed}  dockertls:tls:\n    port: 2377\n`);
});

test("secret values come back with the salt that they were made with", () => {
  const handedOver = withSalt(committed, salt);
  const changed = handedOver.replace(
    "encryptionsalt",
    "  dockertls:token:\n    secure: v1:x:y\nencryptionsalt",
  );
  expect(saltIn(takenBack(handedOver, changed) ?? "")).toBe(salt);
});

test("a salt that the committed file has is not replaced: its secrets would be lost", () => {
  const own = `${committed}encryptionsalt: v1:own=:v1:own:own==\n`;
  expect(withSalt(own, salt)).toBe(own);
});

test("a file without a last line end doesn't swallow the salt", () => {
  expect(withSalt("config: {}", salt)).toBe(`config: {}\n${salt}\n`);
});

test("what `stack init` adds comes to the file as it was, which the engine lays out anew", () => {
  const before = "# mine\nconfig:\n    a:   1 # one";
  const afterwards = "# mine\nconfig:\n  a: 1 # one\nencryptionsalt: v1:x\n";
  expect(asItWas(before, afterwards)).toBe(`${before}\nencryptionsalt: v1:x\n`);
  expect(asItWas(afterwards, afterwards)).toBe(afterwards);
  expect(asItWas(before, "config:\n  a: 1\n")).toBe(before);
});
