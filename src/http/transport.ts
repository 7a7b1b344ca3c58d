import type { Socket } from "node:net";
import { buildConnector, type Dispatcher, errors, Pool, ProxyAgent } from "undici";
import { toldWaitMs } from "../core/retry.ts";
import { lookupLocalhost } from "./loopback.ts";
import type { HttpAnswer, HttpRequest, HttpResponse } from "./message.ts";
import { type HttpProxy, proxyFor } from "./proxy.ts";
import type { Tls } from "./tls.ts";
import {
  cannotBeSent,
  codeOf,
  longestRequestMs,
  ProxyFailure,
  RequestEnded,
  type Route,
  transportFailure,
} from "./transport-failure.ts";

/** Larger answers are cut: no answer of these APIs comes near it, and a stream without an end must not fill memory. */
const LONGEST_BODY_BYTES = 8 * 1024 * 1024;

/** How a host is reached. */
export interface TransportOptions {
  /** `https://host[:port][/prefix]`. */
  baseUrl: string;
  /** Milliseconds to wait for a connection, for the head of a response, and between parts of its body. */
  timeoutMs: number;
  /** Connections, and so requests, at a time. */
  maxConcurrency: number;
  /** Certificates; Node's defaults without. */
  tls?: Tls | null;
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` stand; no proxy without. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Keep-alive connections to one host, directly or through a proxy. The only user of undici: what it takes from there is
 * built in by `tools/build/undici.ts`.
 */
export class Transport {
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #limits: { headersTimeout: number; bodyTimeout: number };
  readonly #route: Route;
  readonly #alerts = new TlsAlerts();

  /** @throws {ConfigurationInvalid} for an unusable proxy */
  constructor(options: TransportOptions) {
    const url = new URL(options.baseUrl);
    const proxy = proxyFor(url, options.env ?? {});
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, "");
    this.#limits = { headersTimeout: options.timeoutMs, bodyTimeout: options.timeoutMs };
    this.#route = {
      baseUrl: options.baseUrl,
      timeoutMs: options.timeoutMs,
      proxy,
      tls: options.tls ?? null,
      verificationTurnedOff: options.env?.NODE_TLS_REJECT_UNAUTHORIZED === "0",
      answered: false,
    };
    this.#dispatcher = dispatcherFor(url, proxy, options, this.#alerts);
  }

  /**
   * Sends one request.
   *
   * @param answers when aborted, the answer is not waited for any longer
   * @throws {OAuthClientsError} `configuration-invalid` for a request that cannot be sent at all
   */
  async send(request: HttpRequest, answers: AbortSignal): Promise<HttpAnswer> {
    const end = new AbortController();
    const giveUp = () => end.abort(new RequestEnded("GIVEN_UP"));
    const deadline = setTimeout(() => end.abort(new RequestEnded("DEADLINE")), longestRequestMs(this.#route.timeoutMs));
    answers.addEventListener("abort", giveUp, { once: true });
    if (answers.aborted) giveUp();
    try {
      return await this.#send(request, end.signal);
    } finally {
      clearTimeout(deadline);
      answers.removeEventListener("abort", giveUp);
    }
  }

  /** Closes idle connections and ends the others. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const body = request.form?.toString() ?? (request.body === undefined ? null : JSON.stringify(request.body));
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#dispatcher.request({
        origin: this.#origin,
        method: request.method,
        path: this.#prefix + request.path,
        headers: request.headers,
        // Also with each request: a proxy's connections do not inherit them.
        ...this.#limits,
        signal,
        ...(body === null ? {} : { body }),
      });
    } catch (error) {
      const failure = transportFailure(this.#alerts.behind(error), this.#route);
      if (codeOf(error) === "UND_ERR_INVALID_ARG" && failure.reason !== "proxy") {
        throw cannotBeSent(error, this.#route.baseUrl);
      }
      return failure;
    }
    this.#route.answered = true;
    const answer = await readResponse(response);
    return this.#route.proxy === null ? answer : { ...answer, via: this.#route.proxy.described };
  }
}

function dispatcherFor(url: URL, proxy: HttpProxy | null, options: TransportOptions, alerts: TlsAlerts): Dispatcher {
  const { timeoutMs, maxConcurrency } = options;
  const secureContext = options.tls?.context ?? null;
  // HTTP/2 is not asked for: its failures have other names, and a reset of it ends every request on the connection.
  const connect = {
    timeout: timeoutMs,
    allowH2: false,
    // Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise: tokens go to nobody who is not verified.
    rejectUnauthorized: true,
    ...(secureContext === null ? {} : { secureContext }),
  };
  const limits = { pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, allowH2: false };
  if (proxy === null) {
    const local = url.hostname === "localhost" ? { lookup: lookupLocalhost } : {};
    const connector = alerts.heardBy(buildConnector({ ...connect, ...local }));
    return new Pool(url.origin, { ...limits, connections: maxConcurrency, connect: connector });
  }
  return new ProxyAgent({
    ...limits,
    connections: maxConcurrency,
    uri: proxy.url.href,
    connectTimeout: timeoutMs,
    requestTls: connect,
    proxyTls: connect,
    clientFactory: (origin, inherited) => new WayToProxy(origin, { ...inherited, ...limits }),
  });
}

/**
 * What servers say when they end a connection because of a client certificate. In TLS 1.3 it comes after the connection
 * was made, and undici then only knows that the other side closed it.
 */
class TlsAlerts {
  /** By the port of our end. */
  readonly #heard = new Map<number, Error>();

  heardBy(connect: buildConnector.connector): buildConnector.connector {
    return (options, done) =>
      connect(options, (...made) => {
        const [, socket] = made;
        // With an error undici leaves it out altogether.
        if (socket) this.#listen(socket);
        done(...made);
      });
  }

  /** The alert that an error stands for, else the error itself. */
  behind(error: unknown): unknown {
    const port = error instanceof errors.SocketError ? error.socket?.localPort : undefined;
    const alert = port === undefined ? undefined : this.#heard.get(port);
    if (port !== undefined) this.#heard.delete(port);
    return alert ?? error;
  }

  #listen(socket: Socket): void {
    const { localPort } = socket;
    socket.once("error", (error) => {
      if (localPort !== undefined && codeOf(error).includes("ALERT")) this.#heard.set(localPort, error);
    });
  }
}

/** Connections to a proxy, over which it opens the way to the server: what fails here has not reached the server. */
class WayToProxy extends Pool {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return super.dispatch(options, {
      onRequestStart: (...given) => handler.onRequestStart?.(...given),
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (controller, error) =>
        handler.onResponseError?.(controller, new ProxyFailure("The proxy failed", { cause: error })),
    });
  }
}

async function readResponse(response: Dispatcher.ResponseData): Promise<HttpResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  const parts: Buffer[] = [];
  let size = 0;
  let complete = true;
  try {
    for await (const part of response.body) {
      const bytes = Buffer.from(part);
      parts.push(bytes);
      size += bytes.length;
      if (size > LONGEST_BODY_BYTES) {
        complete = false;
        response.body.destroy();
        break;
      }
    }
  } catch {
    // The status is known, and a success stays one without its body: the caller sees `complete`.
    complete = false;
  }
  const clock = headers.date === undefined ? Number.NaN : Date.parse(headers.date);
  return {
    kind: "response",
    status: response.statusCode,
    headers,
    text: Buffer.concat(parts).toString("utf8"),
    complete,
    waitMs: toldWaitMs(response.statusCode, headers, Number.isNaN(clock) ? Date.now() : clock),
    clock: Number.isNaN(clock) ? null : clock,
  };
}
