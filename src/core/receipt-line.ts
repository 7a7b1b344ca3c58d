/** One line of a receipts file: how it is written, and what one is that was read. */
import { createHash } from "node:crypto";
import { firstReceiptSchema, receiptSchema } from "./evidence-schemas.ts";
import { isRecord, parsedJson } from "./json.ts";
import { RECEIPT_VERSION, type Receipt } from "./receipt.ts";

/**
 * A receipt as a line of a receipts file has it, without the line's end: JSON, with its checksum as the last member. What
 * `JSON.stringify` makes of a receipt has none, and counts as altered.
 *
 * @param receipt as `parseReceipts` reads it; one of version 1 becomes one of this version, with a checksum from now on
 * @example
 * // The receipts of one tenant, in a file of their own.
 * const { receipts } = parseReceipts(await readFile("receipts.jsonl", "utf8"));
 * const own = receipts.filter((receipt) => receipt.tenantId === tenantId);
 * await writeFile("tenant.jsonl", own.map((receipt) => `${receiptLine(receipt)}\n`).join(""));
 */
export function receiptLine(receipt: Receipt): string {
  return JSON.stringify({ ...receipt, sha256: sha256Of(receipt) });
}

/** What a line of a receipts file is. */
export type ReceiptLine =
  /** As it was written. `key` is the same of every line that says the same. */
  | { is: "intact"; receipt: Receipt; key: string }
  /** Written before lines had a checksum: nobody can tell whether it was altered. */
  | { is: "unchecked"; receipt: Receipt; key: string }
  /** It does not say what its checksum was made of, or has none although its version has. */
  | { is: "altered" }
  /** A part of one, as a full disk or a power cut leaves it. */
  | { is: "torn" }
  /** A receipt of a version that is not known here. */
  | { is: "newer" }
  /** Somebody else's text. */
  | { is: "other" };

/** Reads a line of a receipts file. */
export function readReceiptLine(line: string): ReceiptLine {
  const data = parsedJson(line);
  // A power cut may also leave zero bytes where a line was to be.
  if (data === undefined) return { is: /^\s*\{"|\0/.test(line) ? "torn" : "other" };
  if (!isRecord(data)) return { is: "other" };
  const { sha256, ...said } = data;
  const version = said.receipt;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) return { is: "other" };
  if (version > RECEIPT_VERSION) return { is: "newer" };
  const key = sha256Of(said);
  // One of the first version has none: then somebody has changed the version.
  const isFirst = version < RECEIPT_VERSION && sha256 === undefined;
  if (key === null || (!isFirst && sha256 !== key)) return { is: "altered" };
  const { data: receipt } = (isFirst ? firstReceiptSchema : receiptSchema).safeParse(said);
  if (receipt === undefined) return { is: "other" };
  return { is: isFirst ? "unchecked" : "intact", receipt, key };
}

/** Null of what nests without end, which no receipt does. */
function sha256Of(said: object): string | null {
  try {
    return createHash("sha256").update(canonicalJson(said)).digest("hex");
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * The one text that says this in JSON, as RFC 8785 (JCS) has it. That takes over how JavaScript writes texts and numbers,
 * so that only the order of members is left to do: by their UTF-16 code units, which is how JavaScript sorts.
 */
function canonicalJson(said: unknown): string {
  if (Array.isArray(said)) return `[${said.map(canonicalJson).join(",")}]`;
  if (!isRecord(said)) return JSON.stringify(said);
  const members = Object.keys(said).sort();
  return `{${members.map((member) => `${JSON.stringify(member)}:${canonicalJson(said[member])}`).join(",")}}`;
}
