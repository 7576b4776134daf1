import { readRecordedHost } from "../../../components/model/desired/recorded-host.ts";
import { desiredHost, plainHost, recordedHost, tlsListener } from "../../support/machine-answer.ts";

test("states keep the name that the first release wrote", () => {
  const byFlags = desiredHost({ listener: tlsListener({ configuredBy: "command-line" }) });
  expect(recordedHost(byFlags).listener.place).toBe("command-line");
  expect(recordedHost(byFlags).listener).not.toHaveProperty("configuredBy");
});

test.each([desiredHost(), plainHost()])("what is recorded is read back", (host) => {
  expect(readRecordedHost(recordedHost(host))).toEqual(host);
});
