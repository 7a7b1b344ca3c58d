import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Of one connection each, and what `fetch` says by itself. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
]);

/**
 * A server before a slow vendor: half of the time passes before the vendor gets a request, half before the answer leaves.
 * What has come is carried out, whoever has gone away meanwhile.
 */
export class SlowRoad {
  readonly #server: Server;
  readonly #target: string;
  #held: { method: string; left: number; over: PromiseWithResolvers<void> } | null = null;
  /** How long a request takes, in milliseconds. */
  delayMs = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      // Whose sender died before its request had come has no answer.
      this.#pass(request, response).catch(() => response.destroy());
    });
  }

  static async open(target: string): Promise<SlowRoad> {
    const road = new SlowRoad(target);
    await new Promise<void>((listening) => road.#server.listen(0, "127.0.0.1", listening));
    return road;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it listens nowhere");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Lets only so many more answers to requests of a method leave; those after them wait until {@link release}. */
  hold(method: string, answers: number): void {
    this.#held = { method, left: answers, over: this.#held?.over ?? Promise.withResolvers() };
  }

  release(): void {
    this.#held?.over.resolve();
    this.#held = null;
  }

  close(): void {
    this.release();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    await sleep(this.delayMs / 2);
    const answer = await fetch(this.#target + request.url, {
      method: request.method ?? "GET",
      headers: passedOn(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body: body.length === 0 ? null : new Uint8Array(body),
      redirect: "manual",
    });
    const text = new Uint8Array(await answer.arrayBuffer());
    await sleep(this.delayMs / 2);
    await this.#mayLeave(request.method);
    response.writeHead(answer.status, passedOn([...answer.headers])).end(text);
  }

  async #mayLeave(method: string | undefined): Promise<void> {
    if (this.#held === null || this.#held.method !== method) return;
    this.#held.left -= 1;
    if (this.#held.left < 0) await this.#held.over.promise;
  }
}

function passedOn(headers: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !NOT_PASSED_ON.has(name)));
}
