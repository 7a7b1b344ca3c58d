/** What can happen to a request between provider and vendor. */
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Answer, Effect, Passing } from "./relay.ts";

/** One way in which a request goes wrong. */
export interface Fault {
  /** A few words, the row's title. */
  name: string;
  /** How many of the requests that are meant it hits; the others pass. */
  times: number;
  /** What happens to the request; or what happens to the way there, whatever is sent. */
  does: Effect | "nobody listens" | "the name does not resolve" | "another authority's certificate";
}

const ALWAYS = Number.POSITIVE_INFINITY;

/** Longer than any time limit of these tests, in milliseconds. */
const TOO_LONG_MS = 30_000;

const HTML = "<!doctype html><html><head><title>Sign in</title></head><body>Who are you?</body></html>";

/** Bytes of a body that nobody should read to its end. */
const HUGE_BYTES = 100 * 1024 * 1024;

const once = (name: string, does: Fault["does"]): Fault => ({ name: `${name}, once`, times: 1, does });
const always = (name: string, does: Fault["does"]): Fault => ({ name: `${name}, always`, times: ALWAYS, does });

/** Once, as what passes by; and always, as what does not. */
const both = (name: string, does: Fault["does"]): Fault[] => [once(name, does), always(name, does)];

/** Answers without carrying the request out. */
function respond(status: number, body: string | Buffer = "", headers: Record<string, string> = {}): Effect {
  return ({ response }) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  };
}

/** Carries it out, and changes the answer. */
function instead(change: (answer: Answer) => Answer): Effect {
  return async ({ carryOut, pass }) => pass(change(await carryOut()));
}

const withHeaders = (headers: Record<string, string>) =>
  instead((answer) => ({ ...answer, headers: { ...answer.headers, ...headers } }));

const reset = ({ socket }: Passing) => void socket.resetAndDestroy();

/** The body of an answer, whatever it was: a delete's may be empty. */
const bodyOf = ({ body }: Answer) => (body.length > 0 ? body : Buffer.from('{"success":true,"data":{}}'));

function limited(headers: Record<string, string> | (() => Record<string, string>)): Effect {
  return ({ response }) => {
    const told = typeof headers === "function" ? headers() : headers;
    response.writeHead(429, { "content-type": "application/json", ...told }).end("{}");
  };
}

/** So many bytes, as fast as they are taken. */
async function flood({ response }: Passing, bytes: number): Promise<void> {
  const part = Buffer.alloc(1024 * 1024, " ");
  for (let sent = 0; sent < bytes && !response.destroyed; sent += part.length) {
    if (!response.write(part))
      await Promise.race([new Promise((drained) => response.once("drain", drained)), sleep(500)]);
  }
  response.end();
}

export const FAULTS: readonly Fault[] = [
  // The way there.
  always("the connection is refused", "nobody listens"),
  always("the name does not resolve", "the name does not resolve"),
  always("TLS by an unknown authority", "another authority's certificate"),
  // The connection.
  ...both("reset before the work", reset),
  ...both("closed before the work", ({ socket }) => void socket.destroy()),
  ...both("reset after the work", async (passing) => {
    await passing.carryOut();
    reset(passing);
  }),
  once("closed after the work", async ({ carryOut, socket }) => {
    await carryOut();
    socket.destroy();
  }),
  once("a keep-alive connection closes under the request", ({ socket }) => void socket.end()),
  ...both("no answer, nothing done", () => sleep(TOO_LONG_MS, undefined, { ref: false })),
  ...both("no answer after the work", async ({ carryOut }) => {
    await carryOut();
    await sleep(TOO_LONG_MS, undefined, { ref: false });
  }),
  always("103 after 103, no answer", async ({ response }) => {
    while (!response.destroyed && response.socket !== null) {
      response.writeEarlyHints({ link: "</>; rel=preload" });
      await sleep(20);
    }
  }),
  // The answer's form.
  once("the body is cut", async ({ carryOut, response }) => {
    const answer = await carryOut();
    const body = bodyOf(answer);
    response.writeHead(answer.status === 204 ? 200 : answer.status, {
      "content-type": "application/json",
      "content-length": body.length,
    });
    response.write(body.subarray(0, body.length / 2), () => response.socket?.destroySoon());
  }),
  once("the body trickles and ends", async ({ carryOut, response }) => {
    const answer = await carryOut();
    response.writeHead(answer.status, { "content-type": "application/json" });
    const body = answer.status === 204 ? Buffer.alloc(0) : answer.body;
    for (let at = 0; at < body.length; at += Math.ceil(body.length / 8)) {
      response.write(body.subarray(at, at + Math.ceil(body.length / 8)));
      await sleep(40);
    }
    response.end();
  }),
  always("the body trickles without an end", async ({ response }) => {
    response.writeHead(200, { "content-type": "application/json" });
    while (!response.destroyed) {
      response.write(" ");
      await sleep(50);
    }
  }),
  once("a content length that is too long", async ({ carryOut, socket }) => {
    const { body } = await carryOut();
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length + 50}\r\n\r\n${body}`,
    );
  }),
  once("a content length that is too short", async ({ carryOut, socket }) => {
    const body = bodyOf(await carryOut());
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length - 5}\r\n\r\n${body}`,
    );
  }),
  once("an answer that is no HTTP", ({ socket }) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n")),
  once(
    "a header without an end",
    ({ socket }) => void socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(300_000)}\r\n\r\n`),
  ),
  always("a body of 100 MB", async (passing) => {
    passing.response.writeHead(200, { "content-type": "application/json" });
    await flood(passing, HUGE_BYTES);
  }),
  always("a compression bomb", respond(200, bomb(), { "content-encoding": "gzip" })),
  // What it says.
  ...both("200 with a web page", respond(200, HTML, { "content-type": "text/html" })),
  once(
    "200 with a web page after the work",
    instead((answer) => ({
      ...answer,
      status: 200,
      headers: { "content-type": "text/html" },
      body: Buffer.from(HTML),
    })),
  ),
  once("200 with another shape", respond(200, '["nothing", 1, {"of": "this"}]')),
  once("200 with an empty body, nothing done", respond(200)),
  once(
    "204 with a body, nothing done",
    ({ socket }) => void socket.end("HTTP/1.1 204 No Content\r\ncontent-type: text/html\r\n\r\n<html>gone?</html>"),
  ),
  once(
    "200 that says that it failed",
    respond(200, '{"success":false,"error":{"code":"INTERNAL","message":"not now"}}'),
  ),
  once(
    "200 of no JSON after the work",
    instead((answer) => ({ ...answer, status: 200, body: Buffer.from("{]") })),
  ),
  // Limits.
  once("429, Retry-After in seconds", limited({ "retry-after": "1" })),
  once(
    "429, Retry-After as a date",
    limited(() => ({ "retry-after": new Date(Date.now() + 1_000).toUTCString() })),
  ),
  once(
    "429, Retry-After in the past",
    limited(() => ({ "retry-after": new Date(Date.now() - 60_000).toUTCString() })),
  ),
  once("429, Retry-After that says nothing", limited({ "retry-after": "soon" })),
  once("429, Retry-After of a day", limited({ "retry-after": "86400" })),
  once("429, X-RateLimit-Reset in seconds from now", limited({ "x-ratelimit-reset": "1" })),
  once(
    "429, X-RateLimit-Reset as a time in seconds",
    limited(() => ({ "x-ratelimit-reset": String(Math.floor(Date.now() / 1_000) + 1) })),
  ),
  once(
    "429, X-RateLimit-Reset as a time in milliseconds",
    limited(() => ({ "x-ratelimit-reset": String(Date.now() + 800) })),
  ),
  always("429", limited({})),
  // Failures.
  once("500", respond(500, '{"success":false,"error":{"code":"INTERNAL","message":"boom"}}')),
  once(
    "502 after the work",
    instead(() => ({ status: 502, headers: { "content-type": "text/html" }, body: Buffer.from(HTML) })),
  ),
  ...both("503", respond(503, HTML, { "content-type": "text/html" })),
  once("504", respond(504)),
  ...both("401", respond(401, '{"success":false,"error":{"code":"UNAUTHORIZED","message":"expired"}}')),
  ...both("403", respond(403, '{"success":false,"error":{"code":"FORBIDDEN","message":"no"}}')),
  once("404 by somebody else", respond(404, HTML, { "content-type": "text/html" })),
  // Odd ways.
  once("carried out twice, the first answer", async ({ carryOut, pass }) => {
    const first = await carryOut();
    await carryOut();
    pass(first);
  }),
  once("carried out twice, the second answer", async ({ carryOut, pass }) => {
    await carryOut();
    pass(await carryOut());
  }),
  once("a redirect on the same host", ({ request, response }) => {
    response.writeHead(307, { location: `/moved${request.url}` }).end();
  }),
  once("a redirect to another host", ({ request, response }) => {
    response.writeHead(307, { location: `https://elsewhere.example.test${request.url}` }).end();
  }),
  always("a redirect to itself", ({ request, response }) => {
    response.writeHead(307, { location: request.url ?? "/" }).end();
  }),
  // Clocks.
  always("the vendor's clock is an hour ahead", withDate(3_600_000)),
  always("the vendor's clock is an hour behind", withDate(-3_600_000)),
];

function withDate(aheadMs: number): Effect {
  return (passing) => withHeaders({ date: new Date(Date.now() + aheadMs).toUTCString() })(passing);
}

/** A hundred megabytes in a hundred kilobytes. */
function bomb(): Buffer {
  return gzipSync(Buffer.alloc(HUGE_BYTES, " "));
}
