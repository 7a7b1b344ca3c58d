import { validateHeaderValue } from "node:http";
import type { TransportFailure, TransportReason } from "../core/answer.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import type { HttpProxy } from "./proxy.ts";
import type { Tls } from "./tls.ts";

/**
 * The longest that a request may take in all, in milliseconds: connection, head and body may each take `timeoutMs`, and
 * undici's timers are up to a second late. Without it, a server that sends a byte now and then, or interim responses
 * for ever, would be waited for without end.
 */
export function longestRequestMs(timeoutMs: number): number {
  return 3 * timeoutMs + 2_000;
}

/** What messages about a failed connection can name. */
export interface Route {
  baseUrl: string;
  timeoutMs: number;
  /** The proxy on the way; null for none. */
  proxy: HttpProxy | null;
  tls: Tls | null;
  /** The environment asks Node.js not to verify certificates, which does not count here. */
  verificationTurnedOff: boolean;
  /** Whether the server ever answered on this connection. */
  answered: boolean;
}

/** What happened before a proxy had opened the way to the server. */
export class ProxyFailure extends Error {
  readonly code = "PROXY_FAILED";
}

/** This side ended a request: its time was up (`DEADLINE`), or nobody waits for its answer any more (`GIVEN_UP`). */
export class RequestEnded extends Error {
  readonly code: "DEADLINE" | "GIVEN_UP";

  constructor(code: "DEADLINE" | "GIVEN_UP") {
    super("The request was ended");
    this.code = code;
  }
}

/** Codes of connections that were never made: the request cannot have been carried out. */
const NEVER_SENT: Readonly<Record<string, TransportReason>> = {
  ECONNREFUSED: "connect",
  EHOSTUNREACH: "connect",
  ENETUNREACH: "connect",
  EADDRNOTAVAIL: "connect",
  UND_ERR_CONNECT_TIMEOUT: "connect",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
};

/** Nobody whom this computer trusts has issued the server's certificate. Source: Node's TLS documentation. */
const UNTRUSTED =
  /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|CERT_REJECTED|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;

/** TLS alerts by which a server complains about the client's certificate, or that there is none (RFC 8446, 6.2). */
const CLIENT_CERTIFICATE_ALERT =
  /ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED|DECRYPT_ERROR|NO_CERTIFICATE)/;

/** Turns what undici threw into data. Source of the codes: undici's and Node's error documentation. */
export function transportFailure(error: unknown, route: Route): TransportFailure {
  const { baseUrl, timeoutMs } = route;
  const throughProxy = route.proxy === null ? null : proxyFailure(error, route, route.proxy);
  if (throughProxy !== null) return throughProxy;
  const code = codeOf(error);
  const unsent = NEVER_SENT[code];
  if (unsent !== undefined) {
    const message =
      unsent === "dns"
        ? say`the host name of ${baseUrl} cannot be resolved (${code})`
        : say`no connection to ${baseUrl} (${reachedBy(code, timeoutMs)})`;
    return { kind: "transport", reason: unsent, message, maybeCarriedOut: false };
  }
  const tls = tlsProblem(code, route);
  if (tls !== null) {
    const message = say`the TLS connection to ${baseUrl} failed (${code}): ${tls}${verified(route, code)}`;
    return { kind: "transport", reason: "tls", message, maybeCarriedOut: false };
  }
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT" || code === "ETIMEDOUT") {
    const message = say`${baseUrl} did not answer within ${timeoutMs / 1_000} s`;
    return { kind: "transport", reason: "timeout", message, maybeCarriedOut: true };
  }
  if (code === "DEADLINE") {
    const message = say`${baseUrl} did not end its answer within ${longestRequestMs(timeoutMs) / 1_000} s`;
    return { kind: "transport", reason: "timeout", message, maybeCarriedOut: true };
  }
  if (code === "GIVEN_UP") {
    const message = say`the answer of ${baseUrl} was not waited for any longer, and the request may have been carried out`;
    return { kind: "transport", reason: "aborted", message, maybeCarriedOut: true };
  }
  return {
    kind: "transport",
    reason: code === "UND_ERR_ABORTED" ? "aborted" : "reset",
    message: say`the connection to ${baseUrl} ended before the response came (${code === "" ? "unknown reason" : code})${missingCertificate(route)}`,
    maybeCarriedOut: true,
  };
}

/** A tenant or realm that no header can carry, most often one with a line break at its end. No try repairs that. */
export function cannotBeSent(error: unknown, baseUrl: string): OAuthClientsError {
  return new OAuthClientsError(
    "configuration-invalid",
    say`The request to ${baseUrl} cannot be sent: ${describeError(error)}.`,
    say`Check the setting or input that this header carries for line breaks and characters outside of Latin-1.`,
  );
}

/** @throws {OAuthClientsError} `configuration-invalid` for headers that no request can carry */
export function assertSendable(headers: Readonly<Record<string, string>>, baseUrl: string): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderValue(name, value);
    } catch (error) {
      throw cannotBeSent(error, baseUrl);
    }
  }
}

/** The first error code along `cause` and `errors`. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return "cause" in error ? codeOf(error.cause) : "";
}

function reachedBy(code: string, timeoutMs: number): Message {
  return code === "UND_ERR_CONNECT_TIMEOUT" ? say`none within ${timeoutMs / 1_000} s` : say`${code}`;
}

/** Null when the proxy did its part: whatever failed then failed behind it. */
function proxyFailure(error: unknown, route: Route, proxy: HttpProxy): TransportFailure | null {
  const { baseUrl, timeoutMs, tls } = route;
  const failed = { kind: "transport", reason: "proxy", maybeCarriedOut: false } as const;
  // undici tells the status only in its words: of a refused tunnel (https), of a missing password (http).
  const status = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/.exec(messageOf(error));
  if (status !== null) {
    const [, refused, unauthenticated] = status;
    const http = Number(refused ?? unauthenticated);
    const advice =
      http === 407
        ? say`; it wants a user name and a password: http://user:password@host:port`
        : say`; allow it there, or list the host in NO_PROXY`;
    return {
      ...failed,
      message: say`${proxy.described} refused the way to ${baseUrl} (HTTP ${http})${advice}`,
      lasting: http < 500,
    };
  }
  const isProxys = error instanceof ProxyFailure;
  const code = codeOf(isProxys ? error.cause : error);
  // With a proxy on the way, nothing but the proxy is ever connected to.
  if (!isProxys && NEVER_SENT[code] === undefined && !code.startsWith("UND_ERR_PRX_")) return null;
  if (code === "UND_ERR_HEADERS_TIMEOUT") {
    return { ...failed, message: say`${proxy.described} opened no way to ${baseUrl} within ${timeoutMs / 1_000} s` };
  }
  const untrusted = UNTRUSTED.test(code) && tls !== null ? say`, check ${tls.settings.caCertFile.named}` : say``;
  const message = say`no connection to ${proxy.described} (${reachedBy(code, timeoutMs)}${untrusted})${verified(route, code)}`;
  return { ...failed, message, lasting: !untrusted.isEmpty };
}

/** Who turned verification off wonders why it takes place. */
function verified({ verificationTurnedOff }: Route, code: string): Message {
  const unverified = UNTRUSTED.test(code) || /^CERT_|ALTNAME|HOSTNAME_MISMATCH/.test(code);
  return verificationTurnedOff && unverified
    ? say`; NODE_TLS_REJECT_UNAUTHORIZED=0 does not count here, tokens go to nobody who is not verified`
    : say``;
}

/** What is wrong, and which setting to look at; null when it is not about TLS. */
function tlsProblem(code: string, route: Route): Message | null {
  const { caCertFile, clientCertFile, clientKeyFile } = route.tls?.settings ?? UNNAMED;
  if (UNTRUSTED.test(code)) {
    return caCertFile.path === null
      ? say`this computer does not trust the issuer of the server's certificate; where it is a private CA, set ${caCertFile.named} to a file with the CA's certificate`
      : say`no certificate in ${caCertFile.named} is the issuer of the server's; check that it is the right CA, with its intermediates`;
  }
  if (code === "CERT_HAS_EXPIRED") {
    return say`a certificate of the server has expired; it must be renewed there, or this computer's clock is wrong`;
  }
  if (code === "CERT_NOT_YET_VALID") {
    return say`a certificate of the server is not valid yet; check this computer's clock`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") {
    return say`the server's certificate is for another host name; check baseUrl`;
  }
  if (CLIENT_CERTIFICATE_ALERT.test(code)) {
    return clientCertFile.path === null
      ? say`the server wants a client certificate; set ${clientCertFile.named} and ${clientKeyFile.named}`
      : say`the server does not accept the client certificate; check ${clientCertFile.named}: whether it has expired, and whether the server trusts its issuer`;
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) {
    return say`what answers there does not speak TLS; check scheme and port of baseUrl`;
  }
  if (/^(CERT_|ERR_TLS|ERR_SSL|EPROTO|CRL_)/.test(code)) {
    return say`check baseUrl, ${caCertFile.named} and ${clientCertFile.named}`;
  }
  return null;
}

const UNNAMED = {
  caCertFile: { path: null, named: say`caCertFile` },
  clientCertFile: { path: null, named: say`clientCertFile` },
  clientKeyFile: { path: null, named: say`clientKeyFile` },
};

/**
 * In TLS 1.3 a server checks the client's certificate after the client has taken the connection for made, and some
 * servers then just close it.
 */
function missingCertificate({ baseUrl, answered, tls }: Route): Message {
  if (answered || !baseUrl.startsWith("https:")) return say``;
  const { clientCertFile } = tls?.settings ?? UNNAMED;
  return clientCertFile.path === null
    ? say`; so ends a server that wants a client certificate, too: ${clientCertFile.named}`
    : say`; so ends a server that does not accept the client certificate, too: check ${clientCertFile.named}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
