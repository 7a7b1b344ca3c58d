import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyReceipts, firstLineOf, lineOf, receipt, writtenReceipt } from "../../test/unit/facts.ts";
import type { Receipt } from "./receipt.ts";
import { safeReceipt } from "./receipt.ts";
import { readReceiptLine, receiptLine } from "./receipt-line.ts";
import { NO_SECRETS } from "./redaction.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Texts as vendors and people write them, and the odd ones. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("é\u0301", "\u{1F511}", "</a>&'\"\\/", "\u007f\u2028"),
);

const ENDLESS = "[".repeat(50_000) + "]".repeat(50_000);

const anyWritten = fc
  .record({
    id: anyText,
    name: fc.option(anyText),
    at: anyText,
    tokensRevoked: fc.option(fc.maxSafeNat()),
    retentionDays: fc.option(fc.nat({ max: 36_500 })),
    deletedBy: fc.option(fc.record({ id: fc.option(anyText), name: anyText, email: fc.constant(null) })),
    usage: fc.option(fc.record({ lastUsedAt: anyText, everUsed: fc.boolean(), activeTokens: fc.nat() })),
  })
  .map((rest) => safeReceipt(receipt(rest), NO_SECRETS));

describe("a line", () => {
  test("is read back as it was written, and its checksum is what docs/receipts.md says", () => {
    fc.assert(
      fc.property(anyWritten, (written) => {
        const line = receiptLine(written);
        expect(readReceiptLine(line)).toEqual({ is: "intact", receipt: written, key: expect.any(String) });
        expect(line).toBe(lineOf(written));
        expect(line).not.toContain("\n");
      }),
    );
  });

  test("has the checksum that jq and sha256sum find", ({ skip }) => {
    skip(spawnSync("jq", ["--version"]).status !== 0, "there is no jq on PATH");
    const lines = fc.sample(anyWritten, 200).map(receiptLine);
    const canonical = execFileSync("jq", ["-cS", "del(.sha256)"], { input: lines.join("\n"), encoding: "utf8" });
    const found = canonical.trimEnd().split("\n").map(sha256);
    expect(found).toEqual(lines.map((line) => JSON.parse(line).sha256));
  });

  test("says the same in another order and with white space, as other programs write JSON", () => {
    const line = receiptLine(writtenReceipt({ deletedBy: { id: "u-1", name: null, email: null } }));
    const pretty = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse()), null, 2);
    expect(readReceiptLine(pretty.replaceAll("\n", " "))).toEqual(readReceiptLine(line));
    expect(readReceiptLine(`${line}\r`)).toEqual(readReceiptLine(line));
  });

  test("is altered where anything in it is, whatever that is", () => {
    const line = receiptLine(writtenReceipt({ usage: { lastUsedAt: null, everUsed: false, activeTokens: 0 } }));
    const { sha256: checksum, ...said } = JSON.parse(line);
    const altered: object[] = Object.keys(said)
      .filter((key) => key !== "receipt")
      .map((key) => ({ ...said, [key]: said[key] === null ? "x" : null, sha256: checksum }));
    const { id: _id, ...without } = said;
    altered.push(
      said,
      { ...said, sha256: null },
      { ...said, sha256: checksum.toUpperCase() },
      { ...without, sha256: checksum },
      { ...said, more: true, sha256: checksum },
      { ...said, receipt: 1, sha256: checksum },
      { ...said, usage: { ...said.usage, activeTokens: 1 }, sha256: checksum },
      { ...said, usage: { ...said.usage, more: 1 }, sha256: checksum },
    );
    for (const one of altered)
      expect(readReceiptLine(JSON.stringify(one)), JSON.stringify(one)).toEqual({ is: "altered" });
  });

  test("of 0.1.0 is read as it would be written now, and nobody can tell whether it was altered", () => {
    fc.assert(
      fc.property(anyReceipts, (receipts) => {
        for (const one of receipts) {
          expect(readReceiptLine(firstLineOf(one))).toEqual({ is: "unchecked", receipt: one, key: expect.any(String) });
        }
      }),
    );
  });

  test("of a build in between has what it saw before the deletion", () => {
    const seen: Partial<Receipt> = { usage: { lastUsedAt: null, everUsed: false, activeTokens: 0 }, forced: true };
    const line = JSON.stringify({ ...receipt(seen), receipt: 1 });
    expect(readReceiptLine(line)).toMatchObject({ is: "unchecked", receipt: receipt(seen) });
  });

  test.each([
    ["cut", lineOf(receipt()).slice(0, -1), "torn"],
    ["cut early", '{"re', "torn"],
    ["lost in a power cut, which left zero bytes", "\0".repeat(40), "torn"],
    ["of a newer version", JSON.stringify({ receipt: 3, whatever: true }), "newer"],
    ["somebody's words", "# notes", "other"],
    ["the rest of a line", '"responseLost":false}', "other"],
    ["no object", "null", "other"],
    ["a list", "[1]", "other"],
    ["another program's JSON", '{"level":"info"}', "other"],
    ["of no version", '{"receipt":"2"}', "other"],
    ["of a version that cannot be", '{"receipt":0.5}', "other"],
    ["of the first version, and no receipt", '{"receipt":1}', "other"],
    ["nested without end", lineOf(receipt()).replace("}", `,"more":${ENDLESS}}`), "altered"],
    [
      "of the first version, and nested without end",
      firstLineOf(receipt()).replace("}", `,"more":${ENDLESS}}`),
      "altered",
    ],
  ])("that is %s is no receipt", (_what, line, is) => {
    expect(readReceiptLine(line)).toEqual({ is });
  });
});
