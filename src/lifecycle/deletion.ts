import type { Look } from "../core/absence.ts";
import type { Answer } from "../core/answer.ts";
import {
  abandoned,
  DeletionOpen,
  type DeletionVerdict,
  decideDeletion,
  goneLately,
  mayHaveDeleted,
  unconfirmed,
} from "../core/deletion.ts";
import { OAuthClientsError } from "../core/errors.ts";
import type { Safe } from "../core/redaction.ts";
import type { History } from "../core/retry.ts";
import { type Deed, NO_DETAILS, type Revocation } from "../core/revocation.ts";
import { type Subject, whereabouts } from "../core/subject.ts";
import { joined, say } from "../core/text.ts";
import type { DeletionJudge } from "./call.ts";
import { type AnsweredClient, type BeforeDeletion, type ClientDriver, type Work, workOn } from "./driver.ts";
import { allowed, NotBegun, type Proof } from "./guard.ts";
import type { About, Operation } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";
import { idFrom } from "./recorded.ts";
import { readRecorded } from "./state.ts";
import { nameOf } from "./words.ts";

/** How one client is deleted. */
interface HowToDelete {
  /** Of what the deletion means, right before it, unless it means this client for certain. */
  proof?: Proof | null;
  /** Its line would be one of many, so that it has a receipt alone, unless it is a warning. */
  isOneOfMany?: boolean;
  /** Whether the connection works as this client, where that is known. */
  isOwn?: boolean | null;
  /** Asked right before a DELETE leaves: whether it still may. */
  mayGo?: () => boolean;
}

/**
 * Looks whether a deletion would be tried, and changes nothing.
 *
 * @throws as {@link deleteClient} before it sends anything else
 */
export async function assertDeletable(
  driver: ClientDriver,
  id: string,
  properties: Properties,
  operation: Operation,
  { proof = null, isOwn = null }: HowToDelete,
): Promise<void> {
  const { deletion, clientId } = begun(driver, id, properties, operation);
  const look = await allowed(deletion, { clientId, proof, isOwn });
  if (!look.isSeen) throw look.error;
}

/** What every deletion begins with. */
function begun(driver: ClientDriver, id: string, properties: Properties, operation: Operation) {
  const recorded = readRecorded(driver, properties);
  const work = workOn(driver, properties, operation);
  const subject = work.place.subject("delete", "change", nameOf(recorded.name, id), idFrom(recorded));
  return { deletion: { ...work, id, recorded, subject }, clientId: driver.oauthClientId(id, recorded.kept) };
}

/**
 * Deletes a client and writes the evidence down, on every path the same way.
 *
 * @param properties where it is and how to delete it: outputs of a client, or inputs of a deletion
 * @throws {OAuthClientsError} when the client is not gone for certain
 * @throws {NotMeant} when the proof fails
 * @throws {NotBegun} when no DELETE may leave any more
 */
export async function deleteClient(
  driver: ClientDriver,
  id: string,
  properties: Properties,
  operation: Operation,
  how: HowToDelete = {},
): Promise<Safe<Revocation>> {
  const { deletion, clientId } = begun(driver, id, properties, operation);
  const { place, clients, recorded, subject } = deletion;
  const client = say`${subject.vendor} ${whereabouts(subject)}`;
  const about = { connection: place.connection.name, ...place.receipt, id, clientId, name: recorded.name };
  const look = await allowed(deletion, { clientId, proof: how.proof ?? null, isOwn: how.isOwn ?? null });
  if (!look.isSeen) {
    assertAbandoned(look, subject, operation);
    const revocation = { ...abandoned(look.answer, { maybeCarriedOut: false }), responseLost: false };
    return operation.evidence({ ...about, client, severity: "warning", revocation });
  }
  const { usage, forced } = look;
  const seen = { usage, forced };
  about.clientId ??= look.clientId;
  about.name ??= look.name;
  const status = look.status ?? recorded.status;
  const besides = (await driver.beforeDeletion?.({ ...deletion, recorded: { ...recorded, status } })) ?? null;
  const sendings = new Sendings((deed) => operation.unconfirmed({ ...about, seen, deed }));
  const takeBack = operation.ifCutOff(async () => {
    if (!sendings.isOpen) return;
    // Before the receipt is on the disk: by then the answer may have come, and been told.
    operation.log("warning", say`not confirmed yet: ${client}; a DELETE was sent, and its answer is still to come`);
    await sendings.leaveOpen();
  });
  try {
    const { revocation, unverified, answered } = await carryOut(deletion, sendings, how.mayGo ?? (() => true));
    about.clientId ??= answered?.clientId ?? null;
    about.name ??= answered?.name ?? null;
    if (unverified !== null) {
      operation.explain(
        say`"Not verified" means that ${subject.vendor} says that a client is not there, and that nobody could make certain of it: that takes ${unverified}.`,
      );
    }
    if (revocation.outcome === "deleted" || revocation.verified === true) clients.noteGone(id);
    const severity = unverified === null && revocation.outcome !== "abandoned" ? "info" : "warning";
    const named = say`${subject.vendor} ${whereabouts({ ...subject, client: nameOf(about.name, id) })}`;
    return await operation.evidence({
      ...about,
      client: named,
      seen,
      severity,
      revocation,
      isQuiet: how.isOneOfMany === true,
    });
  } catch (error) {
    const isOpen = await sendings.leaveOpen();
    if (!(error instanceof OAuthClientsError)) throw error;
    const failure = isOpen ? new DeletionOpen(error) : error;
    if (besides === null) throw failure;
    const hint = joined([besides, failure.hint]);
    throw new OAuthClientsError(failure.code, failure.what, hint, { cause: error });
  } finally {
    takeBack();
  }
}

/** Writes down that a client is gone for certain, which an earlier DELETE, whose answer was lost, may have done. */
export async function confirmDeletion(
  { place, operation }: Pick<Work, "place" | "operation">,
  client: Pick<About, "id" | "clientId" | "name">,
  subject: Subject,
  httpStatus: number,
): Promise<void> {
  const about = { connection: subject.connection, ...place.receipt, ...client };
  const named = say`${subject.vendor} ${whereabouts(subject)}`;
  await operation.evidence({ ...about, client: named, severity: "info", revocation: goneLately(httpStatus) });
}

/** The DELETEs of one deletion: what was sent, and what is known of it. */
class Sendings {
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
type Gone = Pick<Extract<DeletionVerdict, { do: "gone" }>, "revocation" | "unverified"> & {
  /** The client as the answer names it; null where it does not. */
  answered: AnsweredClient | null;
};

/** One answer's final verdict, or a question to look into first. */
type Final = Exclude<DeletionVerdict, { do: "retry" } | { do: "refresh-credentials" }>;

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
async function carryOut(
  { driver, operation, place, clients, id, recorded, subject }: BeforeDeletion,
  sendings: Sendings,
  mayGo: () => boolean,
): Promise<Gone> {
  const { http } = place.connection;
  const clientIn = (answer: Answer) =>
    answer.kind === "response" && answer.author === "vendor" ? driver.clientOf(answer.body) : null;
  const judge: DeletionJudge<Judged> = (answer, history) => {
    sendings.answered(answer, history);
    const decide = (look: Look | null) =>
      decideDeletion({
        answer,
        history,
        limits: {
          budgetMs: http.retryBudgetMs,
          canRefreshCredentials: http.credential.canRefresh,
          random: Math.random(),
        },
        mode: recorded.deletion?.alreadyGone ?? "verify",
        subject,
        details: answer.kind === "response" ? driver.revocationIn(answer.body) : NO_DETAILS,
        alreadyDeletedCode: driver.alreadyDeletedCode,
        named: clientIn(answer)?.id === id,
        isUsual: answer.kind === "response" && driver.isDeletionAnswer(answer),
        recordedBaseUrl: recorded.baseUrl,
        look,
      });
    const verdict = decide(null);
    return verdict.do === "retry" || verdict.do === "refresh-credentials"
      ? verdict
      : { do: "done", result: { answer, history, verdict, with: decide } };
  };
  const judged = await clients.delete(id, judge, () => {
    if (!mayGo()) throw new NotBegun();
    sendings.sent();
  });
  const look = () => clients.look({ id, name: recorded.name, createdMs: driver.createdMs(recorded.kept) });
  const verdict = judged.verdict.do === "look" ? judged.with(await look()) : judged.verdict;
  const named = clientIn(judged.answer);
  const answered = named?.id === id ? named : null;
  switch (verdict.do) {
    case "gone":
      return { ...verdict, answered };
    case "fail":
      assertAbandoned(verdict, subject, operation);
      return { unverified: null, revocation: abandoned(judged.answer, judged.history), answered };
    case "look":
    case "retry":
    case "refresh-credentials":
      throw new Error(`The deletion decision asked for "${verdict.do}" after a look.`);
  }
}

/**
 * The emergency switch, after a real attempt failed.
 *
 * @throws {OAuthClientsError} the failure, unless the switch is on and counts here
 */
function assertAbandoned(
  { error, abandonable }: Pick<Extract<Final, { do: "fail" }>, "error" | "abandonable">,
  subject: Subject,
  operation: Operation,
): void {
  if (!operation.mayAbandon(subject.connection)) throw error;
  if (!abandonable) {
    operation.explain(
      say`OAUTH_CLIENTS_ABANDON is set but does not count where a client may still be deleted: it is for a vendor that is gone.`,
    );
    throw error;
  }
  operation.log("warning", say`OAUTH_CLIENTS_ABANDON: ${error.what} The state forgets the client all the same.`);
}
