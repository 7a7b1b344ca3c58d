import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, type Server as NetServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { Connections, type ProcessConnection } from "../../src/connections/connections.ts";
import { resolveSettings } from "../../src/connections/settings.ts";
import { ConfigurationInvalid } from "../../src/core/errors.ts";
import { Redactor } from "../../src/core/redaction.ts";
import { type History, planRetry } from "../../src/core/retry.ts";
import type { ExchangeStep, HttpAnswer, HttpRequest } from "../../src/http/client.ts";
import type { Connection } from "../../src/lifecycle/connection.ts";
import { nexus } from "../../src/vendors/nexus/index.ts";
import { rezolve } from "../../src/vendors/rezolve/index.ts";
import type { Vendor } from "../../src/vendors/vendor.ts";

export { nexus, rezolve };

export type Texts = Record<string, string>;

/** A connection as the provider makes it, and what it keeps out of messages. */
export function connectionOf(
  vendor: Vendor,
  env: Texts,
  options: { config?: Texts; name?: string; stopping?: AbortSignal } = {},
): ProcessConnection & { redactor: Redactor } {
  const redactor = new Redactor();
  const { name = "default", ...rest } = options;
  return { ...processWith(env, { ...rest, redactor })(vendor, name), redactor };
}

/** The connections of one process, each by its vendor and name. */
export function processWith(
  env: Texts,
  options: { config?: Texts; stopping?: AbortSignal; redactor?: Redactor } = {},
): (vendor: Vendor, name: string) => ProcessConnection {
  const { config = {}, stopping = new AbortController().signal, redactor = new Redactor() } = options;
  const connections = new Connections({ env, config: (key) => config[key] }, redactor, stopping);
  return (vendor, name) => {
    const connection = connections.get(vendor, name);
    onTestFinished(() => connection.http.close());
    return connection;
  };
}

/** What is wrong with settings, as users read it. */
export function problemsOf(vendor: Vendor, env: Texts, config: Texts = {}, name = "default"): readonly string[] {
  return refused(() => resolveSettings(vendor, name, { env, config: (key) => config[key] }));
}

/** The problems that something throws. */
export function refused(attempt: () => unknown): readonly string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.problems.map(String);
    throw error;
  }
  return [];
}

export const GET: HttpRequest = { method: "GET", path: "/things", headers: {} };
export const DELETE: HttpRequest = { method: "DELETE", path: "/things/1", headers: {} };

/** Sends as the vendors' APIs do, without pauses of its own. */
export function send(connection: Connection, request: HttpRequest = GET): Promise<HttpAnswer & { tries: number }> {
  const { http } = connection;
  return http.exchange(
    request,
    (answer: HttpAnswer, history: History): ExchangeStep<HttpAnswer & { tries: number }> => {
      const read =
        answer.kind === "transport"
          ? answer
          : {
              ...answer,
              author: "unclear" as const,
              vendorCode: null,
              words: null,
              saysFailed: false,
              location: null,
              body: undefined,
            };
      const step = planRetry(read, "idempotent", history, {
        budgetMs: http.retryBudgetMs,
        canRefreshCredentials: http.credential.canRefresh,
        random: 0,
      });
      return step.do === "stop" ? { do: "done", result: { ...answer, tries: history.attempt } } : step;
    },
  );
}

/** A server on the loopback interface until the test ends, with TLS when it gets a key. */
export async function serve(answer: RequestListener, tls: ServerOptions | null = null): Promise<string> {
  const server: Server | NetServer = tls === null ? createHttpServer(answer) : createTlsServer(tls, answer);
  const port = await listen(server);
  return `${tls === null ? "http" : "https"}://127.0.0.1:${port}`;
}

/** Listens on any port until the test ends. */
export async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return portOf(server.address());
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === "object" && address !== null) return address.port;
  throw new Error("The server has no port.");
}

/** A real proxy: CONNECT for https, absolute addresses for http. */
export interface LocalProxy {
  /** `127.0.0.1:port`. */
  host: string;
  /** What it was asked for, for example `CONNECT api.example.test:443`. */
  asked: string[];
  /** `proxy-authorization` headers that came. */
  authorizations: (string | undefined)[];
}

/**
 * Starts a proxy that sends every request to one port of this machine, whatever its host is called: so names that
 * exist nowhere can be reached through it and in no other way.
 *
 * @param status of its answer to CONNECT; null for no answer at all
 */
export async function startProxy(targetPort: number, status: number | null = 200): Promise<LocalProxy> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    response.writeHead(status === 200 ? 200 : (status ?? 200), { "content-type": "application/json" });
    response.end("{}");
  });
  server.on("connect", (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    socket.on("error", () => {});
    if (status === null) return;
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = connect(targetPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(socket);
      socket.pipe(target);
    });
    target.on("error", () => socket.destroy());
    socket.on("close", () => target.destroy());
  });
  return { host: `127.0.0.1:${await listen(server)}`, asked, authorizations };
}
