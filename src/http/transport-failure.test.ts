import { describe, expect, test } from "vitest";
import { say } from "../core/text.ts";
import type { Tls } from "./tls.ts";
import { ProxyFailure, type Route, transportFailure } from "./transport-failure.ts";

const named = (key: string, path: string | null = null) => ({ path, named: say`${key} (somewhere)` });

function tls(clientCertFile: string | null = null): Tls {
  return {
    context: null,
    settings: {
      caCertFile: named("caCertFile"),
      clientCertFile: named("clientCertFile", clientCertFile),
      clientKeyFile: named("clientKeyFile", clientCertFile),
    },
  };
}

const ROUTE: Route = {
  baseUrl: "https://api.example.test",
  timeoutMs: 30_000,
  proxy: null,
  tls: tls(),
  verificationTurnedOff: false,
  answered: false,
};
const PROXY = { url: new URL("http://u:s3cr3t@proxy.example.test"), described: say`the proxy P` };

const coded = (code: string, message = "failed") => Object.assign(new Error(message), { code });

describe("what undici and Node throw becomes a reason, and whether it may have been carried out", () => {
  test.each<[string, string, boolean, string]>([
    ["ECONNREFUSED", "connect", false, "no connection to https://api.example.test (ECONNREFUSED)"],
    ["UND_ERR_CONNECT_TIMEOUT", "connect", false, "none within 30 s"],
    ["ENOTFOUND", "dns", false, "cannot be resolved"],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout", true, "did not answer within 30 s"],
    ["ECONNRESET", "reset", true, "ended before the response came (ECONNRESET)"],
    ["UND_ERR_SOCKET", "reset", true, "clientCertFile (somewhere)"],
    ["UND_ERR_ABORTED", "aborted", true, ""],
    ["SELF_SIGNED_CERT_IN_CHAIN", "tls", false, "set caCertFile (somewhere)"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls", false, "set caCertFile (somewhere)"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls", false, "set caCertFile (somewhere)"],
    ["CERT_HAS_EXPIRED", "tls", false, "has expired"],
    ["CERT_NOT_YET_VALID", "tls", false, "clock"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", false, "check baseUrl"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", false, "does not speak TLS"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls", false, "set clientCertFile (somewhere) and clientKeyFile"],
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "tls", false, "set clientCertFile (somewhere) and clientKeyFile"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "tls", false, "baseUrl"],
  ])("%s", (code, reason, maybeCarriedOut, words) => {
    const failure = transportFailure(coded(code), ROUTE);
    expect(failure).toMatchObject({ kind: "transport", reason, maybeCarriedOut });
    expect(String(failure.message)).toContain(words);
  });

  test.each(["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED"])(
    "%s is about the client certificate that was sent",
    (code) => {
      const failure = transportFailure(coded(code), { ...ROUTE, tls: tls("client.pem") });
      expect(failure).toMatchObject({ reason: "tls" });
      expect(String(failure.message)).toContain(
        "does not accept the client certificate; check clientCertFile (somewhere)",
      );
    },
  );

  test("a reset is not blamed on certificates where the server has answered before", () => {
    expect(transportFailure(coded("ECONNRESET"), { ...ROUTE, answered: true }).message).not.toContain("certificate");
  });

  test("the code is found along causes and in aggregates", () => {
    const buried = new Error("outer", { cause: new AggregateError([coded("ECONNREFUSED")]) });
    expect(transportFailure(buried, ROUTE)).toMatchObject({ reason: "connect" });
  });
});

describe("with a proxy on the way", () => {
  const route = { ...ROUTE, proxy: PROXY };
  test.each<[string, unknown, string, boolean | undefined]>([
    ["nobody there", new ProxyFailure("", { cause: coded("ECONNREFUSED") }), "no connection to the proxy P", false],
    ["silence", new ProxyFailure("", { cause: coded("UND_ERR_HEADERS_TIMEOUT") }), "opened no way", undefined],
    ["a reset", new ProxyFailure("", { cause: coded("UND_ERR_SOCKET") }), "no connection to the proxy P", false],
    ["an unknown CA", new ProxyFailure("", { cause: coded("SELF_SIGNED_CERT_IN_CHAIN") }), "check caCertFile", true],
    ["a refusal", coded("UND_ERR_ABORTED", "Proxy response (403) !== 200 when HTTP Tunneling"), "(HTTP 403)", true],
    ["a failure", coded("UND_ERR_ABORTED", "Proxy response (502) !== 200 when HTTP Tunneling"), "(HTTP 502)", false],
  ])("%s", (_what, error, words, lasting) => {
    const failure = transportFailure(error, route);
    expect(failure).toMatchObject({ reason: "proxy", maybeCarriedOut: false });
    expect(failure.lasting).toBe(lasting);
    expect(String(failure.message)).toContain(words);
    expect(String(failure.message)).not.toContain("s3cr3t");
  });

  test("what fails behind it is the server's", () => {
    expect(transportFailure(coded("UND_ERR_HEADERS_TIMEOUT"), route)).toMatchObject({ reason: "timeout" });
    expect(transportFailure(coded("SELF_SIGNED_CERT_IN_CHAIN"), route)).toMatchObject({ reason: "tls" });
    expect(transportFailure(coded("ECONNRESET"), route)).toMatchObject({ reason: "reset", maybeCarriedOut: true });
  });
});
