import { constants, open } from "node:fs/promises";
import { describeError } from "../core/errors.ts";
import { clientKey, type EarlierDeed, type Receipt } from "../core/receipt.ts";
import { parseReceipts } from "../core/receipts-file.ts";
import { counted, type Message, say } from "../core/text.ts";
import { codeOf } from "./receipts.ts";

/** So much is read of each file, from its end, in bytes: more than 50,000 receipts. */
const LONGEST_READ = 32 * 1024 * 1024;

/** What the system says of a file that is not there, of which nothing is to be known. */
const MISSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/** A client whose DELETE nobody has confirmed. */
export type Unconfirmed = Pick<Receipt, "connection" | "tenantId" | "realmName" | "id" | "clientId" | "name">;

/** What receipts say of clients, by `clientKey`. */
interface Deeds {
  done: Map<string, EarlierDeed>;
  unconfirmed: Map<string, Unconfirmed & Pick<Receipt, "urn">>;
  /** What cannot be told of the files, a sentence each. */
  doubts: Message[];
}

/**
 * What this project did to clients before, as far as its receipts tell: in earlier runs, and earlier in this one. The
 * files are read once, when it is first asked for. What cannot be read is not known: no deletion fails for it.
 */
export class EarlierReceipts {
  readonly #files: () => readonly string[];
  readonly #own: Deeds["done"] = new Map();
  #read: Promise<Readonly<Deeds>> | null = null;

  /** @param files paths of receipts files */
  constructor(files: () => readonly string[]) {
    this.#files = files;
  }

  /** Notes a receipt of this run; only what is open is kept, so that a run of any length takes no more memory. */
  note(receipt: Receipt): void {
    noteDone(this.#own, receipt);
    if (this.#own.get(clientKey(receipt))?.outcome === "deleted") this.#own.delete(clientKey(receipt));
  }

  /** What was done to the client of a receipt; null where nothing is known. */
  async of(receipt: Pick<Receipt, "kind" | "tenantId" | "id">): Promise<EarlierDeed | null> {
    const key = clientKey(receipt);
    const own = this.#own.get(key);
    if (own !== undefined) return own;
    this.#read ??= readAll(this.#files());
    return (await this.#read).done.get(key) ?? null;
  }

  /** What cannot be told because files cannot be read, or lines of them do not count, a sentence each; none before that. */
  async doubts(): Promise<readonly Message[]> {
    return (await this.#read)?.doubts ?? [];
  }

  /** The clients that a resource of an earlier run has sent a DELETE for, and nobody has confirmed it since. */
  async unconfirmedOf(urn: string): Promise<Unconfirmed[]> {
    this.#read ??= readAll(this.#files());
    const all = [...(await this.#read).unconfirmed.values()];
    return all.filter((one) => one.urn === urn).map(({ urn: _urn, ...client }) => client);
  }
}

async function readAll(files: readonly string[]): Promise<Readonly<Deeds>> {
  const deeds: Deeds = { done: new Map(), unconfirmed: new Map(), doubts: [] };
  for (const file of files) {
    const text = await endOf(file).catch((error: unknown) => {
      if (!MISSING.has(codeOf(error))) {
        deeds.doubts.push(
          say`The receipts file ${file} cannot be read: ${describeError(error)}. What it says of earlier deletions is not known here.`,
        );
      }
      return "";
    });
    const { receipts, unreadableLines } = parseReceipts(text);
    for (const receipt of receipts) {
      noteDone(deeds.done, receipt);
      noteUnconfirmed(deeds.unconfirmed, receipt);
    }
    if (unreadableLines.length > 0) {
      deeds.doubts.push(
        say`The receipts file ${file} has ${counted(unreadableLines.length, "line")} that cannot be relied on: what they say of earlier deletions is not known here. oauth-clients receipts --verify says which, and why.`,
      );
    }
  }
  return deeds;
}

function noteDone(done: Deeds["done"], { at, outcome, responseLost, ...client }: Receipt): void {
  const key = clientKey(client);
  if (outcome === "deleted" || outcome === "soft-deleted") done.set(key, { outcome: "deleted", at });
  // What a receipt says for certain is not put in doubt by another.
  else if ((outcome === "unconfirmed" || responseLost) && !done.has(key)) done.set(key, { outcome: "open", at });
}

function noteUnconfirmed(unconfirmed: Deeds["unconfirmed"], { outcome, ...client }: Receipt): void {
  const { urn, connection, tenantId, realmName, id, clientId, name } = client;
  const key = clientKey(client);
  if (outcome === "unconfirmed") unconfirmed.set(key, { urn, connection, tenantId, realmName, id, clientId, name });
  else unconfirmed.delete(key);
}

/** The last part of a regular file, from the start of a line on. */
async function endOf(file: string): Promise<string> {
  // Waits for nobody at the other end of a pipe.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return "";
    const length = Math.min(stats.size, LONGEST_READ);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, stats.size - length);
    const text = buffer.toString("utf8", 0, bytesRead);
    return length < stats.size ? text.slice(text.indexOf("\n") + 1) : text;
  } finally {
    await handle.close();
  }
}
