import type { Look } from "../core/absence.ts";
import type { Answer } from "../core/answer.ts";
import {
  type AlreadyGoneMode,
  abandoned,
  type DeletionVerdict,
  decideDeletion,
  leftOpen,
  mayHaveDeleted,
  unconfirmed,
} from "../core/deletion.ts";
import { OAuthClientsError } from "../core/errors.ts";
import type { Safe } from "../core/redaction.ts";
import type { History } from "../core/retry.ts";
import { type Deed, NO_DETAILS, type Revocation, type RevocationDetails } from "../core/revocation.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { say } from "../core/text.ts";
import type { DeletionJudge } from "./call.ts";
import type { Connection } from "./connection.ts";
import type { Operation } from "./lifecycle.ts";

/**
 * Deletes a client and writes the evidence down, on every path the same way.
 *
 * @throws {OAuthClientsError} when the client is not gone for certain
 */
export async function deleteWithEvidence(
  deletion: Deletion,
  known: { id: string; clientId: string | null; name: string | null },
  operation: Operation,
): Promise<Safe<Revocation>> {
  const { connection, subject } = deletion;
  const { tenantId, realmName } = subject;
  const about = { connection: connection.name, tenantId, realmName, ...known };
  const attempt = new Attempt((deed) => operation.unconfirmed({ ...about, deed }));
  const client = say`${subject.vendor} ${whereabouts(subject)}`;
  const takeBack = operation.ifCutOff(async () => {
    if (!attempt.isOpen) return;
    // Before the receipt is on the disk: by then the answer may have come, and been told.
    operation.log("warning", say`not confirmed yet: ${client}; a DELETE was sent, and its answer is still to come`);
    await attempt.leaveOpen();
  });
  try {
    const { revocation, unverified } = await deleteClient(deletion, attempt, operation);
    if (unverified !== null) {
      operation.explain(
        say`"Not verified" means that ${subject.vendor} says that a client is not there, and that nobody could make certain of it: that takes ${unverified}.`,
      );
    }
    const severity = unverified === null && revocation.outcome !== "abandoned" ? "info" : "warning";
    return await operation.evidence({ ...about, client, severity, revocation });
  } catch (error) {
    const isOpen = await attempt.leaveOpen();
    throw isOpen && error instanceof OAuthClientsError ? leftOpen(error) : error;
  } finally {
    takeBack();
  }
}

/** The DELETEs of one deletion: what was sent, and what is known of it. */
class Attempt {
  readonly #write: (deed: Deed) => Promise<void>;
  #isUnderway = false;
  #mayBeDone = false;
  #answer: Answer | null = null;
  #written: Promise<void> | null = null;

  constructor(write: (deed: Deed) => Promise<void>) {
    this.#write = write;
  }

  sent(): void {
    this.#isUnderway = true;
  }

  answered(answer: Answer, history: History): void {
    this.#isUnderway = false;
    this.#answer = answer;
    this.#mayBeDone ||= mayHaveDeleted(answer, history);
  }

  /** Whether the client may be deleted, as far as is known. */
  get isOpen(): boolean {
    return this.#isUnderway || this.#mayBeDone;
  }

  /** Writes a receipt, once, if the client may be deleted; whether it may. */
  async leaveOpen(): Promise<boolean> {
    const { isOpen } = this;
    if (isOpen) this.#written ??= this.#write(unconfirmed(this.#answer));
    await this.#written;
    return isOpen;
  }
}

/** A client that is gone, or that the state forgets. */
type Gone = Pick<Extract<DeletionVerdict, { do: "gone" }>, "revocation" | "unverified">;

/** One answer's final verdict, or a question to look into first. */
type Final = Exclude<DeletionVerdict, { do: "retry" } | { do: "refresh-credentials" }>;

/** The deletion of one client: what the vendor's API has to offer for it. */
export interface Deletion {
  connection: Connection;
  subject: Subject;
  mode: AlreadyGoneMode;
  recordedBaseUrl: string | null;
  alreadyDeletedCode: string | null;
  /** What a success response says. */
  details(body: unknown): RevocationDetails;
  /** Whether a response in the vendor's own form names this very client. */
  names(body: unknown): boolean;
  /** Sends the DELETE until an answer is final, and calls `sent` whenever one leaves. */
  send<Result>(judge: DeletionJudge<Result>, sent: () => void): Promise<Result>;
  /** Takes a second look. */
  look(): Promise<Look>;
}

interface Judged {
  answer: Answer;
  history: History;
  verdict: Final;
  /** Decides once more, with what a look found. */
  with(look: Look): DeletionVerdict;
}

/**
 * Carries out what `decideDeletion` says, and nothing else: sends, waits, looks.
 *
 * @throws {OAuthClientsError} when the client is not gone for certain
 */
async function deleteClient(deletion: Deletion, attempt: Attempt, operation: Operation): Promise<Gone> {
  const { connection, subject } = deletion;
  const judge: DeletionJudge<Judged> = (answer, history) => {
    attempt.answered(answer, history);
    const decide = (look: Look | null) =>
      decideDeletion({
        answer,
        history,
        limits: {
          budgetMs: connection.http.retryBudgetMs,
          canRefreshCredentials: connection.http.credential.canRefresh,
          random: Math.random(),
        },
        mode: deletion.mode,
        subject,
        details: answer.kind === "response" ? deletion.details(answer.body) : NO_DETAILS,
        alreadyDeletedCode: deletion.alreadyDeletedCode,
        named: answer.kind === "response" && answer.author === "vendor" && deletion.names(answer.body),
        recordedBaseUrl: deletion.recordedBaseUrl,
        look,
      });
    const verdict = decide(null);
    return verdict.do === "retry" || verdict.do === "refresh-credentials"
      ? verdict
      : { do: "done", result: { answer, history, verdict, with: decide } };
  };
  const judged = await deletion.send(judge, () => attempt.sent());
  const verdict = judged.verdict.do === "look" ? judged.with(await deletion.look()) : judged.verdict;
  switch (verdict.do) {
    case "gone":
      return verdict;
    case "fail":
      return { unverified: null, revocation: orAbandoned(verdict, judged, subject, operation) };
    case "look":
    case "retry":
    case "refresh-credentials":
      throw new Error(`The deletion decision asked for "${verdict.do}" after a look.`);
  }
}

/** The emergency switch, after a real attempt failed. */
function orAbandoned(
  { error, abandonable }: Extract<Final, { do: "fail" }>,
  { answer, history }: Judged,
  subject: Subject,
  operation: Operation,
): Revocation {
  if (!operation.mayAbandon(subject.connection)) throw error;
  if (!abandonable) {
    operation.explain(
      say`OAUTH_CLIENTS_ABANDON is set but does not count where a client may still be deleted: it is for a vendor that is gone.`,
    );
    throw error;
  }
  operation.log("warning", say`OAUTH_CLIENTS_ABANDON: ${error.what} The state forgets the client all the same.`);
  return abandoned(answer, history);
}
