import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Answer, TransportFailure, TransportReason, VendorResponse } from "../../src/core/answer.ts";
import { type Receipt, safeReceipt } from "../../src/core/receipt.ts";
import { NO_SECRETS, type Safe } from "../../src/core/redaction.ts";
import type { History, RetryLimits } from "../../src/core/retry.ts";
import { NO_DETAILS } from "../../src/core/revocation.ts";
import type { Subject } from "../../src/core/subject.ts";
import { say } from "../../src/core/text.ts";

/** Somebody's client, named as messages name it. */
export const SUBJECT: Subject = {
  vendor: "Rezolve",
  action: "delete",
  client: say`OAuth client "CI bot" (client-1)`,
  idFrom: "state",
  aboutId: say`it is the vendor's id`,
  where: say`tenant tenant-1, realm acme-realm`,
  home: "tenant",
  place: "tenant or realm",
  connection: "eu",
  baseUrl: "https://api.example.test",
  credentialSource: say`the token from the environment variable REZOLVE__EU__TOKEN`,
  whenRefused: () => say`Put a valid one there.`,
  permission: "the role tenant_admin",
};

export const FIRST_TRY: History = { attempt: 1, elapsedMs: 0, maybeCarriedOut: false, credentialsRefreshed: false };

export const LIMITS: RetryLimits = { budgetMs: 120_000, canRefreshCredentials: false, random: 0.5 };

/** The receipt of a deletion of which the vendor gave no details. */
export function receipt(rest: Partial<Receipt> = {}): Receipt {
  return {
    receipt: 2,
    at: "2026-07-10T13:30:01.000Z",
    kind: "rezolve:OAuthClient",
    connection: "default",
    tenantId: "tenant-1",
    realmName: null,
    id: "client-1",
    clientId: null,
    name: "CI bot",
    urn: null,
    usage: null,
    forced: false,
    outcome: "deleted",
    ...NO_DETAILS,
    httpStatus: 200,
    vendorCode: null,
    verified: null,
    responseLost: false,
    ...rest,
  };
}

/** The same as it may be written down. */
export function writtenReceipt(rest: Partial<Receipt> = {}): Safe<Receipt> {
  return safeReceipt(receipt(rest), NO_SECRETS);
}

/** A line of a receipts file, without its end, as docs/receipts.md describes it: whatever stands in it. */
export function lineOf(receipt: Receipt): string {
  const keys = [receipt, receipt.deletedBy, receipt.usage].flatMap((part) => Object.keys(part ?? {}));
  const canonical = JSON.stringify(receipt, [...new Set(keys)].sort());
  return JSON.stringify({ ...receipt, sha256: createHash("sha256").update(canonical).digest("hex") });
}

/** The same as version 0.1.0 wrote it. */
export function firstLineOf(receipt: Receipt): string {
  const { usage: _usage, forced: _forced, ...first } = receipt;
  return JSON.stringify({ ...first, receipt: 1 });
}

/** A response of the vendor's, without a body worth mentioning. */
export function response(status: number, rest: Partial<VendorResponse> = {}): VendorResponse {
  return {
    kind: "response",
    status,
    author: "vendor",
    vendorCode: null,
    words: null,
    saysFailed: false,
    waitMs: null,
    clock: null,
    location: null,
    complete: true,
    body: undefined,
    ...rest,
  };
}

/** A request without a response. */
export function transport(reason: TransportReason, maybeCarriedOut = reason === "reset" || reason === "timeout") {
  const failure: TransportFailure = {
    kind: "transport",
    reason,
    message: say`the connection to https://api.example.test failed (${reason})`,
    maybeCarriedOut,
  };
  return failure;
}

export const TRANSPORT_REASONS = ["aborted", "connect", "dns", "proxy", "reset", "timeout", "tls"] as const;

/** Statuses that mean something, and any others. */
export const anyStatus = fc.oneof(
  fc.constantFrom(200, 202, 204, 301, 302, 400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 502, 503, 504),
  fc.integer({ min: 200, max: 599 }),
);

const anyWait = fc.option(fc.integer({ min: 0, max: 400_000 }));

export const anyResponse: fc.Arbitrary<VendorResponse> = fc.record({
  kind: fc.constant("response"),
  status: anyStatus,
  author: fc.constantFrom("vendor", "stranger", "unclear"),
  vendorCode: fc.option(fc.constantFrom("OAUTH_CLIENT_ALREADY_DELETED", "OAUTH_CLIENT_NOT_FOUND", "FORBIDDEN")),
  words: fc.option(fc.string()),
  saysFailed: fc.boolean(),
  waitMs: anyWait,
  clock: fc.constant(null),
  location: fc.option(fc.constant("https://elsewhere.example.test/")),
  complete: fc.boolean(),
  body: fc.constant(undefined),
});

export const anyTransport: fc.Arbitrary<TransportFailure> = fc
  .record({ reason: fc.constantFrom(...TRANSPORT_REASONS), maybe: fc.boolean() })
  .map(({ reason, maybe }) => transport(reason, maybe));

export const anyAnswer: fc.Arbitrary<Answer> = fc.oneof({ weight: 3, arbitrary: anyResponse }, anyTransport);

export const anyHistory: fc.Arbitrary<History> = fc.record({
  attempt: fc.integer({ min: 1, max: 40 }),
  elapsedMs: fc.integer({ min: 0, max: 200_000 }),
  maybeCarriedOut: fc.boolean(),
  credentialsRefreshed: fc.boolean(),
});

export const anyLimits: fc.Arbitrary<RetryLimits> = fc.record({
  budgetMs: fc.integer({ min: 0, max: 200_000 }),
  canRefreshCredentials: fc.boolean(),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

/** Receipts of a few clients, some of them of the same. */
const anyReceipt = fc
  .record({
    kind: fc.constantFrom("rezolve:OAuthClient", "rezolve:OAuthClientDeletion", "nexus:Client"),
    tenantId: fc.constantFrom("tenant-1", "tenant-2"),
    id: fc.constantFrom("client-1", "client-2", "client-3"),
    outcome: fc.constantFrom<Receipt["outcome"]>("deleted", "soft-deleted", "already-gone", "abandoned", "unconfirmed"),
    tokensRevoked: fc.option(fc.nat({ max: 1_000 })),
    activeSessionsTerminated: fc.option(fc.nat({ max: 1_000 })),
  })
  .map(receipt);
export const anyReceipts = fc.array(anyReceipt, { maxLength: 30 });
