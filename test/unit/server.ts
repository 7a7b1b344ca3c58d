import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A request as it arrived. */
export interface Arrived {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  /** When, on `performance.now()`'s clock. */
  at: number;
}

/** A server on the loopback interface that ends with the test. */
export interface LocalServer {
  baseUrl: string;
  requests: Arrived[];
  /** Connections that were opened so far. */
  connections(): number;
}

/** Starts a server that notes every request and leaves the answer to the test. */
export async function serve(
  answer: (response: ServerResponse, request: Arrived, number: number) => void,
  port = 0,
): Promise<LocalServer> {
  const requests: Arrived[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const arrived: Arrived = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
        at: performance.now(),
      };
      requests.push(arrived);
      answer(response, arrived, requests.length);
    });
  });
  const { baseUrl, connections } = await listen(server, port);
  return { baseUrl, requests, connections };
}

/** Starts a server that speaks no HTTP by itself. */
export function serveSockets(connected: (socket: Socket) => void): Promise<{ baseUrl: string; connections(): number }> {
  return listen(createSocketServer(connected), 0);
}

async function listen(server: Server, port: number): Promise<{ baseUrl: string; connections(): number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { baseUrl: `http://127.0.0.1:${portOf(server.address())}`, connections: () => connections };
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === "object" && address !== null) return address.port;
  throw new Error("The server has no port.");
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
