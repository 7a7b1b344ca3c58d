/** A server between provider and sandbox that spoils what passes it: what a network, a proxy or a vendor's edge does. */
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { KeyPair } from "../connections/certificates.ts";

/** An answer as it came from the sandbox. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A request that a fault spoils. */
export interface Passing {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
  /** Which of the requests that are meant it is: 1, 2, … */
  count: number;
  /** Has the sandbox carry it out, once for each call. */
  carryOut(): Promise<Answer>;
  /** Answers as the sandbox did. */
  pass(answer: Answer): void;
}

/** What becomes of a request. */
export type Effect = (passing: Passing) => void | Promise<void>;

/** Which requests are spoilt: of those that are meant, the first so many. */
export interface Spoiling {
  isMeant(method: string, path: string): boolean;
  times: number;
  effect: Effect;
}

/** Headers that are of one connection. */
const OWN = new Set(["connection", "keep-alive", "transfer-encoding", "host", "content-length"]);

export class Relay {
  /** What came: method and path. */
  readonly seen: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #target: URL;
  #spoiling: Spoiling | null = null;
  #met = 0;
  #port = 0;

  private constructor(target: string, certificate: KeyPair | null) {
    this.#target = new URL(target);
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#server = certificate === null ? createServer(handle) : createSecureServer(certificate, handle);
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  /** @param certificate with which it speaks TLS; null: it does not */
  static async open(target: string, certificate: KeyPair | null = null): Promise<Relay> {
    const relay = new Relay(target, certificate);
    await relay.listen();
    return relay;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens there any more. */
  async stopListening(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.disconnect();
    await closed;
  }

  /** Closes what is open. */
  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Speaks TLS as somebody else from now on. */
  impersonate(certificate: KeyPair): void {
    if (!("setSecureContext" in this.#server)) throw new Error("It does not speak TLS.");
    const secured = this.#server as unknown as { setSecureContext(options: KeyPair): void };
    secured.setSecureContext(certificate);
    this.disconnect();
  }

  spoil(spoiling: Spoiling | null): void {
    this.#spoiling = spoiling;
    this.#met = 0;
    this.seen.length = 0;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    if (this.#server.listening) await this.stopListening();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    this.seen.push(`${method} ${url}`);
    response.on("error", () => {});
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    const passing: Omit<Passing, "count"> = {
      request,
      response,
      socket: request.socket,
      carryOut: () => this.#carriedOut(request, body),
      pass: ({ status, headers, body: answered }) => {
        const kept = Object.entries(headers).filter(([name]) => !OWN.has(name));
        response.writeHead(status, Object.fromEntries(kept)).end(answered);
      },
    };
    const spoiling = this.#spoiling;
    try {
      if (spoiling?.isMeant(method, url)) {
        this.#met += 1;
        if (this.#met <= spoiling.times) return await spoiling.effect({ ...passing, count: this.#met });
      }
      passing.pass(await passing.carryOut());
    } catch {
      request.socket.destroy();
    }
  }

  async #carriedOut({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const kept = Object.entries(headers).filter(([name]) => !OWN.has(name));
    const sent = send({
      host: this.#target.hostname,
      port: this.#target.port,
      method,
      path: url,
      headers: { ...Object.fromEntries(kept), "content-length": body.length },
      agent: this.#agent,
    });
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
  }
}
