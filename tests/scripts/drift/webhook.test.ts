// How `npm run drift` posts to a chat, against a server on loopback; and that nobody learns the address from it.
import "../../support/errors-of-node.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../../../scripts/drift/options.ts";
import { payloadFor, post, webhookOf } from "../../../scripts/drift/webhook.ts";
import { Webhook } from "../../support/webhook.ts";

const secret = "T012-B345-s3cr3t";
const folder = mkdtempSync(join(tmpdir(), "dockertls-webhook-"));
let webhook: Webhook;

beforeAll(async () => {
  webhook = await new Webhook(secret).open();
});
afterAll(async () => {
  await webhook.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  webhook.received.length = 0;
  webhook.answer = 200;
});

describe("a message", () => {
  test("arrives as Slack and Mattermost take it", async () => {
    expect(await post(new URL(webhook.url), "line 1\nline 2")).toBeUndefined();

    expect(webhook.received).toEqual([
      { type: "application/json", body: JSON.stringify({ text: "line 1\nline 2" }) },
    ]);
  });

  test.each([
    "https://prod-7.westeurope.logic.azure.com:443/workflows/x",
    "https://default0.1.environment.api.powerplatform.com/powerautomate/x",
    "https://example.webhook.office.com/webhookb2/x",
  ])("is a card for Teams: %s", (url) => {
    expect(payloadFor(new URL(url), "drift")).toMatchObject({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: { type: "AdaptiveCard", body: [{ type: "TextBlock", text: "drift" }] },
        },
      ],
    });
  });

  test("is none for a name that only looks like Teams'", () => {
    const url = new URL("https://logic.azure.com.example.org/x");
    expect(payloadFor(url, "drift")).toEqual({ text: "drift" });
  });
});

// proves: drift.notify-secret
describe("a message that does not arrive is one line without the address", () => {
  const line = (what: string): RegExp => new RegExp(`^webhook: ${what}; nobody was told[^\n]+$`);

  test.each<[string, () => Promise<string | undefined>, RegExp]>([
    ["an error", () => answered(500), line("it answered HTTP 500")],
    ["a revoked webhook", () => answered(404), line("it answered HTTP 404")],
    ["another place", () => answered(302), line("it answered HTTP 302")],
    [
      "nothing",
      () => {
        webhook.answer = "never";
        return post(new URL(webhook.url), "drift", 0.2);
      },
      line(String.raw`it did not answer within 0\.2 s`),
    ],
    [
      "nobody there",
      async () => {
        const gone = await new Webhook(secret).open();
        const url = new URL(gone.url);
        await gone.close();
        return post(url, "drift");
      },
      line(String.raw`no connection \(ECONNREFUSED\)`),
    ],
  ])("%s", async (_case, act, expected) => {
    const said = await act();

    expect(said).toMatch(expected);
    expect(said).not.toMatch(/s3cr3t|127\.0\.0\.1|http:/);
  });

  function answered(status: number): Promise<string | undefined> {
    const elsewhere = { status, location: webhook.url };
    webhook.answer = status === 302 ? elsewhere : status;
    return post(new URL(webhook.url), "drift");
  }

  test("and nobody follows it to another place", async () => {
    await answered(302);

    expect(webhook.received).toHaveLength(1);
  });
});

describe("the address", () => {
  const inFile = join(folder, "url");
  writeFileSync(inFile, "https://chat.example.org/hooks/file\n");
  const hrefOf = (...args: Parameters<typeof webhookOf>): string | undefined =>
    webhookOf(...args)?.href;

  test("comes from the option, the file or the environment, in this order", () => {
    const environment = () => ({ DOCKERTLS_NOTIFY_URL: "https://chat.example.org/hooks/variable" });
    const notify = "https://chat.example.org/hooks/option";
    expect(hrefOf({ notify, notifyFile: inFile }, environment())).toBe(notify);
    expect(hrefOf({ notifyFile: inFile }, environment())).toMatch(/\/file$/);
    expect(hrefOf({}, environment())).toMatch(/\/variable$/);
    expect(hrefOf({}, { DOCKERTLS_NOTIFY_URL: "" })).toBeUndefined();
    expect(hrefOf({}, {})).toBeUndefined();
  });

  test("is in no environment that a child process gets", () => {
    const environment = { DOCKERTLS_NOTIFY_URL: "https://chat.example.org/x", HOME: "/root" };
    webhookOf({ notify: "https://chat.example.org/y" }, environment);
    expect(environment).toEqual({ HOME: "/root" });
  });

  test.each([
    ["no URL", `chat.example.org/${secret}`],
    ["another scheme", `file:///${secret}`],
    ["a password in it", `https://user:${secret}@chat.example.org/`],
    ["nothing", ""],
  ])("is refused without being repeated: %s", (_case, notify) => {
    expect(() => webhookOf({ notify }, {})).toThrow(
      /^--notify: what stands there is no URL of a webhook; [^\n]+$/,
    );
    expect(() => webhookOf({ notify }, {})).not.toThrow(secret);
  });

  test("in a file that is not there", () => {
    expect(() => webhookOf({ notifyFile: join(folder, "none") }, {})).toThrow(
      /^--notify-file: the file can't be read \(ENOENT\); [^\n]+$/,
    );
  });

  test.each([
    [["https://chat.example.org/s3cr3t"]],
    [["--notify", "https://chat.example.org/s3cr3t", "--notify-file", "x"]],
    [["--notfy=https://chat.example.org/s3cr3t"]],
  ])("is not repeated when the command is written wrong: %#", (args) => {
    expect(() => readOptions(args)).toThrow(/usage: npm run drift|Unknown option '--notfy'/);
    expect(() => readOptions(args)).not.toThrow(/s3cr3t/);
  });
});
