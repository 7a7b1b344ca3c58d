import type { SettingSources } from "../connections/settings.ts";
import { describeError } from "../core/errors.ts";
import { type Receipt, safeReceipt } from "../core/receipt.ts";
import type { Redactor, Safe } from "../core/redaction.ts";
import { type Deed, describeRevocation, type Revocation, safeRevocation } from "../core/revocation.ts";
import { identifier, type Message, say } from "../core/text.ts";
import type { About, Evidence, Operation, Seen } from "../lifecycle/lifecycle.ts";
import { EarlierReceipts } from "./earlier-receipts.ts";
import { appendReceipt } from "./receipts.ts";

/** Whose deletions are written down. */
export interface Writer {
  /** The resource kind, for example `rezolve:OAuthClient`. */
  kind: string;
  /** The resource's; null where there is none, or nobody says. */
  urn: string | null;
  log: Operation["log"];
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
  earlier(kind: string, { tenantId, id }: Pick<About, "tenantId" | "id">) {
    const client = { tenantId: this.#redactor.identifier(tenantId), id: this.#redactor.identifier(id) };
    return this.#earlier.of({ kind, ...client });
  }

  /** The clients that earlier runs of a resource have sent a DELETE for, and nobody has confirmed it. */
  async leftUnconfirmed(urn: string | null): Promise<readonly About[]> {
    return urn === null ? [] : this.#earlier.unconfirmedOf(this.#redactor.identifier(urn));
  }

  /** @returns the revocation as a state may hold it */
  async deleted({ kind, urn, log }: Writer, evidence: Evidence): Promise<Safe<Revocation>> {
    const { client, severity, isQuiet, revocation, seen = { usage: null, forced: false }, ...about } = evidence;
    const found = this.#receiptOf(kind, urn, { ...about, ...seen }, revocation);
    const isGuess = revocation.outcome === "already-gone" || revocation.outcome === "abandoned";
    const earlier = isGuess ? await this.#earlier.of(found) : null;
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
    return safeReceipt({ receipt: 1, at, kind, urn, ...about, ...deed }, this.#redactor);
  }

  async #write(receipt: Safe<Receipt>, log: Operation["log"]): Promise<void> {
    this.#earlier.note(receipt);
    for (const file of this.#files()) {
      try {
        await appendReceipt(file, receipt, this.#kept);
      } catch (error) {
        log("warning", notWritten(file, error, receipt));
      }
    }
  }
}

function notWritten(file: string, error: unknown, receipt: Safe<Receipt>): Message {
  return say`THE RECEIPT COULD NOT BE WRITTEN to ${file}: ${describeError(error)}. The client was handled all the same; keep this line instead: ${identifier(JSON.stringify(receipt), 8_000)}`;
}

/** Where receipts are written, as settings say: the configured file, and a second one for the automation API. */
export function receiptFiles({ env, config }: SettingSources): string[] {
  const configured = env.OAUTH_CLIENTS_RECEIPTS_FILE || config("oauth-clients:receiptsFile");
  const report = env.OAUTH_CLIENTS_REPORT_FILE;
  return [...new Set([configured, report].flatMap((file) => (file ? [file] : [])))];
}
