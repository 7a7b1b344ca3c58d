/**
 * A vendor that answers after a fixed time and does next to nothing: what is measured is our side, and the sandbox
 * with its real OAuth server would take processor time from it.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { z } from "zod";

export interface BenchVendor {
  url: string;
  /** Requests by method since the last `reset`. */
  requests: Readonly<Record<string, number>>;
  total(): number;
  /** How many connections are open. */
  connections(): Promise<number>;
  reset(): void;
  /** Makes so many clients without a request, and gives their ids. */
  seed(count: number): string[];
  /** Forgets clients, as if somebody else had deleted them. */
  forget(ids: readonly string[]): void;
  /** The next request of this method about each of these clients is answered with this status, and not carried out. */
  failOnce(method: string, ids: readonly string[], status: number): void;
  close(): Promise<void>;
}

const CLIENTS = "/api/v1/oauth-clients";
const address = z.object({ port: z.number() });
const clientSchema = z.record(z.string(), z.unknown());

export async function startVendor(latencyMs: number): Promise<BenchVendor> {
  const clients = new Map<string, Record<string, unknown>>();
  const faults = new Map<string, number>();
  let requests: Record<string, number> = {};

  const add = (fields: Record<string, unknown>, now: string) => {
    const client = {
      id: `client-${randomUUID()}`,
      clientId: `bench_${randomBytes(6).toString("hex")}`,
      ...fields,
      allowedOrigins: [],
      ipWhitelist: [],
      status: "active",
      createdAt: now,
    };
    clients.set(client.id, client);
    return client;
  };
  const answer = (response: ServerResponse, status: number, body: unknown) => {
    const text = JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  };
  const carryOut = (response: ServerResponse, method: string, url: string, text: string) => {
    const now = new Date().toISOString();
    if (method === "GET" && url.startsWith(`${CLIENTS}?`)) {
      const query = new URLSearchParams(url.slice(CLIENTS.length + 1));
      const [offset, limit] = [Number(query.get("offset")), Number(query.get("limit"))];
      const page = [...clients.values()].slice(offset, offset + limit);
      const pagination = { total: clients.size, hasMore: offset + page.length < clients.size };
      return answer(response, 200, { success: true, data: { clients: page, pagination }, timestamp: now });
    }
    const id = decodeURIComponent(url.slice(CLIENTS.length + 1));
    const body = text === "" ? {} : clientSchema.parse(JSON.parse(text));
    const known = clients.get(id);
    if (method === "POST" && url === CLIENTS) {
      const data = { ...add(body, now), clientSecret: randomBytes(32).toString("base64url") };
      return answer(response, 200, { success: true, data, timestamp: now });
    }
    const fault = faults.get(`${method} ${id}`);
    if (fault !== undefined) {
      faults.delete(`${method} ${id}`);
      const error = { code: "BENCH_FAULT", message: "failed on purpose" };
      return answer(response, fault, { success: false, error, timestamp: now });
    }
    if (known === undefined) {
      const error = { code: "OAUTH_CLIENT_NOT_FOUND", message: "no such client" };
      return answer(response, 404, { success: false, error, timestamp: now });
    }
    if (method === "DELETE") {
      clients.delete(id);
      const data = { id, deletedAt: now, tokensRevoked: 0, activeSessionsTerminated: 0 };
      return answer(response, 200, { success: true, data, timestamp: now });
    }
    if (method === "PATCH") clients.set(id, { ...known, ...body });
    return answer(response, 200, { success: true, data: clients.get(id), timestamp: now });
  };
  const server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    requests[method] = (requests[method] ?? 0) + 1;
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", () => setTimeout(() => carryOut(response, method, url, text), latencyMs));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = address.parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    total: () => Object.values(requests).reduce((sum, count) => sum + count, 0),
    connections: () =>
      new Promise((counted, failed) => {
        server.getConnections((error, count) => (error ? failed(error) : counted(count)));
      }),
    reset: () => {
      requests = {};
    },
    seed: (count) => {
      const now = new Date().toISOString();
      return Array.from({ length: count }, (_, index) => add({ name: `Seeded client ${index}` }, now).id);
    },
    forget: (ids) => {
      for (const id of ids) clients.delete(id);
    },
    failOnce: (method, ids, status) => {
      for (const id of ids) faults.set(`${method} ${id}`, status);
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
