import { baseUrlChanged, evidenceAgainst, isElsewhere, type Look } from "./absence.ts";
import { type Answer, isSuccess, maybeCarriedOut, type VendorResponse } from "./answer.ts";
import { OAuthClientsError } from "./errors.ts";
import { failureOf, saying } from "./failure.ts";
import { type History, planRetry, type RetryLimits } from "./retry.ts";
import { type Deed, NO_DETAILS, type Revocation, type RevocationDetails } from "./revocation.ts";
import { type Subject, whereabouts } from "./subject.ts";
import { say } from "./text.ts";

/**
 * What to make of an answer that says that the client is not there: 404, 410, or 409 with the vendor's code for it.
 * `verify` (the default): gone unless there is evidence against it. `trust`: gone, without a second look. `fail`: an
 * error. What does not say so is looked into also in `trust`.
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
  /** The answer is in the vendor's own form and names this very client. */
  named: boolean;
  /** A success has the form that the vendor's answers to a DELETE have. */
  isUsual: boolean;
  /** Base URL recorded with the client; null when the state does not have one. */
  recordedBaseUrl: string | null;
  /** What a second look found; null before it was taken. */
  look: Look | null;
}

/** What to do about one answer to a DELETE. */
export type DeletionVerdict =
  /** `unverified`: what it takes to verify that the client is gone, where the credentials may not have that. */
  | { do: "gone"; revocation: Revocation; unverified: string | null }
  | { do: "retry"; afterMs: number; holdHost: boolean }
  | { do: "refresh-credentials" }
  /** Look once more, then decide again with what was found. */
  | { do: "look" }
  /**
   * `abandonable`: nobody who answered was the vendor at work, or it does not know the tenant, so the emergency switch
   * may take the client out of the state. Not where better credentials, patience or a repaired setting would delete it.
   */
  | { do: "fail"; error: OAuthClientsError; abandonable: boolean };

/**
 * The deletion decision: what one answer to a DELETE means. `docs/lifecycle.md` has the states.
 *
 * | answer | verdict |
 * |---|---|
 * | 2xx | gone; look where it is a web page, says that it failed, or is none of the vendor's answers to a DELETE |
 * | 404, 410 | already gone, unless there is evidence against it |
 * | 409 with the vendor's "already deleted" code | already gone |
 * | 409 otherwise | look at the client: absent is already gone, alive fails |
 * | any of these from another host than the recorded one | fail, unless the vendor's own answer names this very client |
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
  return fail(facts, failureOf(answer, facts.subject, step.neededMs), step.neededMs === null && isNobodyAtWork(answer));
}

function decideSuccess(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  const { look, subject } = facts;
  if (isElsewhere(facts.recordedBaseUrl, facts.subject) && (answer.saysFailed || !isItsOwnWord(facts, answer)))
    return elsewhere(facts, answer);
  if (!answer.saysFailed && answer.author !== "stranger") {
    if (facts.isUsual || isItsOwnWord(facts, answer) || facts.mode === "fail")
      return gone(facts, answer, outcomeOf(facts.details));
    if (look === null) return { do: "look" };
    // The vendor says that it is done, in a way that it never says it: only what is seen alive speaks against that.
    return look.found === "alive"
      ? fail(facts, failureOf(answer, subject), false)
      : gone(facts, answer, outcomeOf(facts.details));
  }
  if (facts.mode === "fail") return fail(facts, failureOf(answer, subject), false);
  if (look === null) return { do: "look" };
  // Nobody but the look says that it is gone, and nothing says what this request had to do with it.
  if (look.found === "absent") return gone(facts, answer, "already-gone");
  return fail(facts, failureOf(answer, subject), answer.author === "stranger" && isNobodysLook(look));
}

function decideNotFound(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  // A page of somebody else's is no word of the vendor's that could be trusted, in any mode.
  if (answer.author === "stranger") return byStranger(facts, answer);
  if (facts.mode === "fail") return refusedByMode(facts, answer);
  if (facts.mode === "trust") return gone(facts, answer, "already-gone");
  if (isElsewhere(facts.recordedBaseUrl, facts.subject)) return elsewhere(facts, answer);
  if (facts.look === null) return { do: "look" };
  return judgeLook(facts, answer, facts.look);
}

function decideConflict(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  const { look, mode, subject } = facts;
  if (answer.author === "stranger") return byStranger(facts, answer);
  const coded = isCoded(facts, answer);
  if (coded && mode === "fail") return refusedByMode(facts, answer);
  if (coded && mode === "trust") return gone(facts, answer, "already-gone");
  if (isElsewhere(facts.recordedBaseUrl, facts.subject) && !(coded && isItsOwnWord(facts, answer)))
    return elsewhere(facts, answer);
  if (coded) return gone(facts, answer, "already-gone");
  // Nobody said that the client is gone, and in this mode nobody looks.
  if (mode === "fail") return fail(facts, failureOf(answer, subject), false);
  if (look === null) return { do: "look" };
  if (look.found === "alive") return fail(facts, failureOf(answer, subject), false);
  // Unlike a 404, a 409 does not say that the client is not there: where nobody may look, nobody knows.
  if (look.found === "not-permitted" || look.found === "invisible") {
    return fail(facts, evidenceAgainst(look, subject) ?? failureOf(answer, subject), false);
  }
  return judgeLook(facts, answer, look);
}

function judgeLook(facts: DeletionFacts, answer: VendorResponse, look: Look): DeletionVerdict {
  // The vendor says that it is not there, and nothing speaks against it.
  if (look.found === "not-permitted")
    return gone(facts, answer, "already-gone", `permission to list the ${facts.subject.home}'s clients`);
  if (look.found === "invisible") return gone(facts, answer, "already-gone", look.needs);
  const error = evidenceAgainst(look, facts.subject);
  if (error === null) return gone(facts, answer, "already-gone");
  return fail(facts, error, isNobodysLook(look));
}

/** The vendor's own word that the client was deleted before. */
function isCoded({ alreadyDeletedCode }: DeletionFacts, answer: VendorResponse): boolean {
  return answer.status === 409 && alreadyDeletedCode !== null && answer.vendorCode === alreadyDeletedCode;
}

/** The vendor itself speaks, and about this very client: so it does wherever it is. */
function isItsOwnWord({ named }: DeletionFacts, { author }: VendorResponse): boolean {
  return named && author === "vendor";
}

/** Before any look: it would ask the same wrong host. */
function elsewhere(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  const { subject, recordedBaseUrl } = facts;
  return fail(
    facts,
    baseUrlChanged(subject, recordedBaseUrl ?? "", say`HTTP ${answer.status}${saying(answer)}`),
    false,
  );
}

function byStranger(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  return isElsewhere(facts.recordedBaseUrl, facts.subject)
    ? elsewhere(facts, answer)
    : fail(facts, failureOf(answer, facts.subject), true);
}

/**
 * The vendor failed, or was not itself. Patience helps where the rate is limited, a setting where a proxy, a certificate
 * or the credential's own source is in the way.
 */
function isNobodyAtWork(answer: Answer): boolean {
  if (answer.kind === "transport") {
    return answer.ofCredential !== true && !["aborted", "proxy", "tls"].includes(answer.reason);
  }
  const { status, author } = answer;
  if (status >= 500) return true;
  // No API of ours redirects: a domain that was given up does.
  return author === "stranger" ? status !== 429 : author === "unclear" && status >= 300 && status < 400;
}

/** A look at which the vendor was not there or not itself, or did not know the tenant. Patience is a matter of its own. */
export function isNobodysLook(look: Look): boolean {
  if (look.found === "no-tenant") return true;
  return look.found === "nothing" && look.neededMs === null && isNobodyAtWork(look.answer);
}

function refusedByMode(facts: DeletionFacts, answer: VendorResponse): DeletionVerdict {
  return fail(
    facts,
    new OAuthClientsError(
      "client-missing",
      say`Cannot delete ${whereabouts(facts.subject)}: ${facts.subject.vendor} says that it is not there (HTTP ${answer.status}${saying(answer)}), and deletion.alreadyGone is "fail".`,
      say`Set deletion.alreadyGone to "verify" to have that verified, or take it out of the state with \`pulumi state delete\`.`,
    ),
    false,
  );
}

/** @param abandonable unless the client was created at another address: there, it may still be deleted */
function fail(facts: DeletionFacts, error: OAuthClientsError, abandonable: boolean): DeletionVerdict {
  return { do: "fail", error, abandonable: abandonable && !isElsewhere(facts.recordedBaseUrl, facts.subject) };
}

function gone(
  facts: DeletionFacts,
  answer: VendorResponse,
  outcome: Revocation["outcome"],
  unverified: string | null = null,
): DeletionVerdict {
  const done = outcome !== "already-gone";
  const isWord = done || isCoded(facts, answer);
  return {
    do: "gone",
    unverified,
    revocation: {
      outcome,
      ...(done ? facts.details : NO_DETAILS),
      httpStatus: answer.status,
      vendorCode: answer.vendorCode,
      verified: isWord ? null : facts.look?.found === "absent",
      // A repeated DELETE that succeeds did the work itself; only "already gone" can hide an earlier try's.
      responseLost: !done && mayHaveDeleted(answer, facts.history),
    },
  };
}

function outcomeOf(details: RevocationDetails): Revocation["outcome"] {
  const keepsRecord = details.retentionDays !== null || details.permanentDeletionDate !== null;
  return keepsRecord || details.previousStatus !== null ? "soft-deleted" : "deleted";
}

/** Whether a DELETE of this exchange may have been carried out, as far as it was not simply told so. */
export function mayHaveDeleted(answer: Answer, history: Pick<History, "maybeCarriedOut">): boolean {
  const isTold = answer.kind === "response" && isSuccess(answer.status);
  return history.maybeCarriedOut || maybeCarriedOut(answer) || isTold;
}

/** A deletion that ended with a DELETE on its way: the client may be deleted all the same, and the error says so. */
export class DeletionOpen extends OAuthClientsError {
  constructor(error: OAuthClientsError) {
    super(
      error.code,
      say`${error.what} A DELETE was sent and may have been carried out; the next run finds out.`,
      error.hint,
      { cause: error },
    );
  }
}

/** What is known of a deletion that was left like that. */
export function unconfirmed(answer: Answer | null): Deed {
  return { outcome: "unconfirmed", ...saidLast(answer), responseLost: true };
}

/** The evidence of a client that the state forgot without a deletion. */
export function abandoned(answer: Answer, history: Pick<History, "maybeCarriedOut">): Revocation {
  return { outcome: "abandoned", ...saidLast(answer), responseLost: mayHaveDeleted(answer, history) };
}

function saidLast(answer: Answer | null): Omit<Revocation, "outcome" | "responseLost"> {
  const { status = 0, vendorCode = null } = answer?.kind === "response" ? answer : {};
  return { ...NO_DETAILS, httpStatus: status, vendorCode, verified: null };
}

/** The revocation of a client that is gone for certain, after a DELETE of ours whose answer was lost. */
export function goneLately(httpStatus: number): Revocation {
  const lost = { vendorCode: null, verified: true, responseLost: true };
  return { outcome: "already-gone", ...NO_DETAILS, httpStatus, ...lost };
}
