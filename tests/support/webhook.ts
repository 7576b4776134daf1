// A chat's incoming webhook, on loopback, with a secret in its address as those have.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** How it answers: a status, a status with a place to go to instead, or never. */
export type Answer = number | { readonly status: number; readonly location: string } | "never";

export class Webhook {
  /** What was posted, as it arrived. */
  readonly received: { readonly type: string | undefined; readonly body: string }[] = [];
  readonly #server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const isRight = request.method === "POST" && request.url === `/services/${this.secret}`;
      if (!isRight) return response.writeHead(404).end();
      this.received.push({ type: request.headers["content-type"], body });
      if (this.answer === "never") return undefined;
      if (typeof this.answer === "number") return response.writeHead(this.answer).end("ok");
      const { status, location } = this.answer;
      return response.writeHead(status, { location }).end();
    });
  });
  readonly secret: string;
  answer: Answer = 200;

  constructor(secret = "T0000-B0000-XXXXXXXX") {
    this.secret = secret;
  }

  async open(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/services/${this.secret}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((done) => this.#server.close(() => done()));
  }
}
