import type { SettingSources } from "../connections/settings.ts";
import { describeError } from "../core/errors.ts";
import { type EarlierDeed, RECEIPT_VERSION, type Receipt, safeReceipt } from "../core/receipt.ts";
import { receiptLine } from "../core/receipt-line.ts";
import type { Redactor, Safe } from "../core/redaction.ts";
import { type Deed, describeRevocation, type Revocation, safeRevocation } from "../core/revocation.ts";
import { identifier, type Message, say } from "../core/text.ts";
import type { About, Evidence, Operation, Seen } from "../lifecycle/lifecycle.ts";
import { EarlierReceipts } from "./earlier-receipts.ts";
import { appendLine } from "./receipts.ts";

/** Whose deletions are written down. */
export interface Writer {
  /** The resource kind, for example `rezolve:OAuthClient`. */
  kind: string;
  /** The resource's; null where there is none, or nobody says. */
  urn: string | null;
  log: Operation["log"];
  explain: Operation["explain"];
}

/**
 * Writes down what deletions did: one line for people, and one receipt for each configured file. A receipt that cannot be
 * written is a loud warning with the receipt in it, and no failure.
 */
export class Ledger {
  readonly #redactor: Redactor;
  readonly #files: () => readonly string[];
  readonly #earlier: EarlierReceipts;
  /** Receipts files that are on the disk for certain. */
  readonly #kept = new Set<string>();

  /** @param files paths of the receipts files: see {@link receiptFiles} */
  constructor(redactor: Redactor, files: () => readonly string[]) {
    this.#redactor = redactor;
    this.#files = files;
    this.#earlier = new EarlierReceipts(files);
  }

  /** What this project did to a client before, as far as receipts tell. */
  earlier(writer: Writer, { tenantId, id }: Pick<About, "tenantId" | "id">): Promise<EarlierDeed | null> {
    const client = { tenantId: this.#redactor.identifier(tenantId), id: this.#redactor.identifier(id) };
    return this.#askedBy(writer, () => this.#earlier.of({ kind: writer.kind, ...client }));
  }

  /** The clients that earlier runs of a resource have sent a DELETE for, and nobody has confirmed it. */
  async leftUnconfirmed(writer: Writer): Promise<readonly About[]> {
    const { urn } = writer;
    if (urn === null) return [];
    return this.#askedBy(writer, () => this.#earlier.unconfirmedOf(this.#redactor.identifier(urn)));
  }

  /** What receipts tell, and once that they may not tell all. */
  async #askedBy<Answer>({ explain }: Writer, ask: () => Promise<Answer>): Promise<Answer> {
    const answer = await ask();
    for (const doubt of await this.#earlier.doubts()) explain(doubt);
    return answer;
  }

  /** @returns the revocation as a state may hold it */
  async deleted(writer: Writer, evidence: Evidence): Promise<Safe<Revocation>> {
    const { kind, urn, log } = writer;
    const { client, severity, isQuiet, revocation, seen = { usage: null, forced: false }, ...about } = evidence;
    const found = this.#receiptOf(kind, urn, { ...about, ...seen }, revocation);
    const isGuess = revocation.outcome === "already-gone" || revocation.outcome === "abandoned";
    const earlier = isGuess ? await this.#askedBy(writer, () => this.#earlier.of(found)) : null;
    const responseLost = revocation.responseLost || earlier?.outcome === "open";
    const before = earlier?.outcome === "deleted" ? earlier.at : null;
    const line = describeRevocation(client, { ...revocation, responseLost }, before);
    // Where there are no receipts, the line is all that is left of a deletion.
    if (severity === "warning" || isQuiet !== true || this.#files().length === 0) log(severity, line);
    await this.#write({ ...found, responseLost }, log);
    return safeRevocation({ ...revocation, responseLost }, this.#redactor);
  }

  /** Writes a receipt of a DELETE that may have been carried out, while nobody knows. */
  async unconfirmed({ kind, urn, log }: Writer, known: About & { deed: Deed; seen: Seen }): Promise<void> {
    const { deed, seen, ...about } = known;
    await this.#write(this.#receiptOf(kind, urn, { ...about, ...seen }, deed), log);
  }

  #receiptOf(kind: string, urn: string | null, about: About & Seen, deed: Deed): Safe<Receipt> {
    const at = new Date().toISOString();
    return safeReceipt({ receipt: RECEIPT_VERSION, at, kind, urn, ...about, ...deed }, this.#redactor);
  }

  async #write(receipt: Safe<Receipt>, log: Operation["log"]): Promise<void> {
    this.#earlier.note(receipt);
    const line = receiptLine(receipt);
    for (const file of this.#files()) {
      try {
        await appendLine(file, line, this.#kept);
      } catch (error) {
        log("warning", notWritten(file, error, line));
      }
    }
  }
}

/** Longer than the longest receipt, in characters. */
const LONGEST_LINE = 30_000;

function notWritten(file: string, error: unknown, line: string): Message {
  return say`THE RECEIPT COULD NOT BE WRITTEN to ${file}: ${describeError(error)}. The client was handled all the same; keep this line instead: ${identifier(line, LONGEST_LINE)}`;
}

/** Where receipts are written, as settings say: the configured file, and a second one for the automation API. */
export function receiptFiles({ env, config }: SettingSources): string[] {
  const configured = env.OAUTH_CLIENTS_RECEIPTS_FILE || config("oauth-clients:receiptsFile");
  const report = env.OAUTH_CLIENTS_REPORT_FILE;
  return [...new Set([configured, report].flatMap((file) => (file ? [file] : [])))];
}
