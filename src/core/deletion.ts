import { baseUrlChanged, evidenceAgainst, type Look } from "./absence.ts";
import { type Answer, isSuccess, type VendorResponse } from "./answer.ts";
import { OAuthClientsError } from "./errors.ts";
import { failureOf, saying } from "./failure.ts";
import { type History, planRetry, type RetryLimits } from "./retry.ts";
import { NO_DETAILS, type Revocation, type RevocationDetails } from "./revocation.ts";
import { type Subject, whereabouts } from "./subject.ts";
import { type Message, say } from "./text.ts";

/**
 * What to make of a 404, 410 or 409. `verify` (the default): gone unless there is evidence against it. `trust`: gone,
 * without a second look. `fail`: an error.
 */
export type AlreadyGoneMode = "verify" | "trust" | "fail";

/** All that the decision about one answer to a DELETE rests on. */
export interface DeletionFacts {
  answer: Answer;
  history: History;
  limits: RetryLimits;
  mode: AlreadyGoneMode;
  subject: Subject;
  /** What the vendor said about the deletion, for a success. */
  details: RevocationDetails;
  /** The vendor's code for "already deleted"; null when it has none. */
  alreadyDeletedCode: string | null;
  /** Base URL recorded with the client; null when the state does not have one. */
  recordedBaseUrl: string | null;
  /** What a second look found; null before it was taken. */
  look: Look | null;
}

/** What to do about one answer to a DELETE. */
export type DeletionVerdict =
  | { do: "gone"; revocation: Revocation; warning: Message | null }
  | { do: "retry"; afterMs: number; holdHost: boolean }
  | { do: "refresh-credentials" }
  /** Look once more, then decide again with what was found. */
  | { do: "look" }
  /**
   * `abandonable`: the vendor did not answer as itself, or does not know the tenant, so the emergency switch may take
   * the client out of the state. Not where better credentials, patience or a repaired setting would delete it.
   */
  | { do: "fail"; error: OAuthClientsError; abandonable: boolean };

/**
 * The deletion decision: what one answer to a DELETE means.
 *
 * | answer | verdict |
 * |---|---|
 * | 2xx | gone, whatever the body; look where a web page, another host or an error body speaks against it |
 * | 404, 410 | already gone, unless there is evidence against it |
 * | 409 with the vendor's "already deleted" code | already gone |
 * | 409 otherwise | look at the client: absent is already gone, alive fails |
 * | 401 | a fresh credential once, then fail |
 * | 403, 400, 405, other 3xx and 4xx | fail with the vendor's words |
 * | 429 | wait as told within the budget, else fail |
 * | 5xx, no response | retry within the budget, remembering that it may have been carried out |
 */
export function decideDeletion(facts: DeletionFacts): DeletionVerdict {
  const { answer } = facts;
  if (answer.kind === "response") {
    if (isSuccess(answer.status)) return decideSuccess(facts, answer);
    if (answer.status === 404 || answer.status === 410) return decideNotFound(facts, answer);
    if (answer.status === 409) return decideConflict(facts, answer);
  }
  const step = planRetry(answer, "idempotent", facts.history, facts.limits);
  if (step.do !== "stop") return step;
  // A wait that the budget does not cover is a matter of patience.
  const abandonable = step.neededMs === null && isVendorNotAtWork(answer);
  return { do: "fail", error: failureOf(answer, facts.subject, step.neededMs), abandonable };
}

function decideSuccess(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  const { look, mode } = facts;
  const saysOtherwise = answer.vendorCode !== null || answer.words !== null;
  const elsewhere = evidenceOfAnotherHost(facts) !== null && answer.author !== "vendor";
  const doubtful = answer.author === "stranger" || elsewhere;
  if (!saysOtherwise && (!doubtful || mode === "trust")) return gone(facts, answer, outcomeOf(facts.details), null);
  if (look === null && mode === "verify") return { do: "look" };
  // Nobody but the look says that it is gone, and nothing says what this request had to do with it.
  if (look?.found === "absent") return gone(facts, answer, "already-gone", null, true);
  return { do: "fail", error: failureOf(answer, facts.subject), abandonable: false };
}

function decideNotFound(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  // A page of somebody else's is no word of the vendor's that could be trusted, in any mode.
  if (answer.author === "stranger") return { do: "fail", error: failureOf(answer, facts.subject), abandonable: true };
  if (facts.mode === "fail") return refusedByMode(facts, answer);
  if (facts.mode === "trust") return gone(facts, answer, "already-gone", null);
  const elsewhere = evidenceOfAnotherHost(facts);
  if (elsewhere !== null) return elsewhere;
  if (facts.look === null) return { do: "look" };
  return judgeLook(facts, answer, facts.look);
}

function decideConflict(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  const coded = facts.alreadyDeletedCode !== null && answer.vendorCode === facts.alreadyDeletedCode;
  if (coded) return facts.mode === "fail" ? refusedByMode(facts, answer) : gone(facts, answer, "already-gone", null);
  if (answer.author === "stranger") return { do: "fail", error: failureOf(answer, facts.subject), abandonable: true };
  // Nobody said that the client is gone, and in this mode nobody looks.
  if (facts.mode === "fail") return { do: "fail", error: failureOf(answer, facts.subject), abandonable: false };
  if (facts.mode === "trust") return gone(facts, answer, "already-gone", null);
  if (facts.look === null) return { do: "look" };
  if (facts.look.found === "alive") {
    return { do: "fail", error: failureOf(answer, facts.subject), abandonable: false };
  }
  // Unlike a 404, a 409 does not say that the client is not there: where nobody may look, nobody knows.
  if (facts.look.found === "not-permitted" || facts.look.found === "invisible") {
    const error = evidenceAgainst(facts.look, facts.subject) ?? failureOf(answer, facts.subject);
    return { do: "fail", error, abandonable: false };
  }
  if (facts.look.found === "absent") {
    const elsewhere = evidenceOfAnotherHost(facts);
    if (elsewhere !== null) return elsewhere;
  }
  return judgeLook(facts, answer, facts.look);
}

function evidenceOfAnotherHost({ subject, recordedBaseUrl }: DeletionFacts): DeletionVerdict | null {
  if (recordedBaseUrl === null || recordedBaseUrl === subject.baseUrl) return null;
  return { do: "fail", error: baseUrlChanged(subject, recordedBaseUrl), abandonable: false };
}

function judgeLook(facts: DeletionFacts, answer: VendorResponse, look: Look): DeletionVerdict {
  if (look.found === "not-permitted") {
    return gone(
      facts,
      answer,
      "already-gone",
      say`${facts.subject.vendor} says that ${whereabouts(facts.subject)} is not there (HTTP ${answer.status}); the credentials may not look a second time, so this is not verified. Looking takes permission to list the tenant's clients.`,
    );
  }
  const error = evidenceAgainst(look, facts.subject);
  if (error === null) return gone(facts, answer, "already-gone", null);
  return { do: "fail", error, abandonable: look.found === "no-tenant" || isVendorsFault(look) };
}

/**
 * The vendor failed, or was not itself. Patience helps where the rate is limited, a setting where a proxy, a certificate
 * or the credential's own source is in the way.
 */
function isVendorNotAtWork(answer: Answer): boolean {
  if (answer.kind === "response")
    return answer.status >= 500 || (answer.author === "stranger" && answer.status !== 429);
  return answer.ofCredential !== true && !["aborted", "proxy", "tls"].includes(answer.reason);
}

/** A look that failed because the vendor was not there or not itself, not because of our credentials. */
function isVendorsFault(look: Look): boolean {
  return look.found === "nothing" && isVendorNotAtWork(look.answer);
}

function refusedByMode(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  return {
    do: "fail",
    error: new OAuthClientsError(
      "client-missing",
      say`Cannot delete ${whereabouts(facts.subject)}: ${facts.subject.vendor} says that it is not there (HTTP ${answer.status}${saying(answer)}), and deletion.alreadyGone is "fail".`,
      say`Set deletion.alreadyGone to "verify" to have that verified, or take it out of the state with \`pulumi state delete\`.`,
    ),
    abandonable: false,
  };
}

function gone(
  facts: DeletionFacts,
  answer: VendorResponse,
  outcome: Revocation["outcome"],
  warning: Message | null,
  responseLost = facts.history.maybeCarriedOut,
): DeletionVerdict {
  const done = outcome !== "already-gone";
  return {
    do: "gone",
    warning,
    revocation: {
      outcome,
      ...(done ? facts.details : NO_DETAILS),
      httpStatus: answer.status,
      vendorCode: answer.vendorCode,
      verified: !done && facts.look?.found === "absent",
      // A repeated DELETE that succeeds did the work itself; only "already gone" can hide an earlier try's.
      responseLost: !done && responseLost,
    },
  };
}

function outcomeOf(details: RevocationDetails): Revocation["outcome"] {
  const keepsRecord = details.retentionDays !== null || details.permanentDeletionDate !== null;
  return keepsRecord || details.previousStatus !== null ? "soft-deleted" : "deleted";
}

/** The evidence of a client that the state forgot without a deletion. */
export function abandoned(answer: Answer): Revocation {
  return {
    outcome: "abandoned",
    ...NO_DETAILS,
    httpStatus: answer.kind === "response" ? answer.status : 0,
    vendorCode: answer.kind === "response" ? answer.vendorCode : null,
    verified: false,
    responseLost: answer.kind === "transport" && answer.maybeCarriedOut,
  };
}
