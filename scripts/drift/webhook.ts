// A message to a chat by its incoming webhook. Whoever knows the URL can write there, so no message and no error
// of ours has it, or a part of it.
import { readFileSync } from "node:fs";
import { formatProblem } from "../../components/model/problem.ts";

const patienceSeconds = 10;

/** Name of the variable that the URL may stand in. */
export const webhookVariable = "DOCKERTLS_NOTIFY_URL";

export interface WebhookOptions {
  /** `--notify`: the URL itself. */
  readonly notify?: string | undefined;
  /** `--notify-file`: a file that holds it. */
  readonly notifyFile?: string | undefined;
}

/**
 * The URL from an option, a file or the environment, in this order; undefined: nobody is to be told. The variable is
 * taken out, so that no process that is started from here has it.
 * @throws Error in one line where it is no URL.
 */
export function webhookOf(
  { notify, notifyFile }: WebhookOptions,
  environment: NodeJS.ProcessEnv = process.env,
): URL | undefined {
  const { [webhookVariable]: variable = "" } = environment;
  Reflect.deleteProperty(environment, webhookVariable);
  if (notify !== undefined) return urlIn(notify, "--notify");
  if (notifyFile !== undefined) return urlIn(contentOf(notifyFile), "--notify-file");
  return variable === "" ? undefined : urlIn(variable, webhookVariable);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(
      formatProblem({
        where: "--notify-file",
        what: `the file can't be read (${codeOf(error)})`,
        why: "it holds the address that is to be told",
        fix: "correct its path, or give your user the right to read it",
      }),
    );
  }
}

function urlIn(text: string, where: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const isPlain = url?.username === "" && url.password === "";
  if (url !== undefined && isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new Error(
    formatProblem({
      where,
      what: "what stands there is no URL of a webhook",
      why: "nobody could be told",
      fix: "write the whole URL, https://…, without a user or a password in it",
    }),
  );
}

/** What Slack takes, and so do Mattermost, Rocket.Chat and Discord's endpoint for Slack. Teams takes cards alone. */
export function payloadFor({ hostname }: URL, text: string): object {
  if (!/\.(webhook\.office|logic\.azure|powerplatform)\.com$/.test(hostname)) return { text };
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.2",
    body: [{ type: "TextBlock", text, wrap: true }],
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return { type: "message", attachments: [{ contentType, contentUrl: null, content }] };
}

/** Posts a message; the line that says why it did not arrive, or undefined. */
export async function post(
  url: URL,
  text: string,
  patience = patienceSeconds,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(patience * 1000);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(payloadFor(url, text)),
      // Another address was not meant to learn of it.
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    return response.ok ? undefined : undelivered(`it answered HTTP ${String(response.status)}`);
  } catch (error) {
    return undelivered(
      signal.aborted
        ? `it did not answer within ${String(patience)} s`
        : `no connection (${codeOf(error)})`,
    );
  }
}

function undelivered(what: string): string {
  return formatProblem({
    where: "webhook",
    what,
    why: "nobody was told of what is above",
    fix: "try its URL with curl, and make a new webhook where it was revoked",
  });
}

/** What the system calls a failure; the message of one may quote the address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.cause instanceof Error) return codeOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
