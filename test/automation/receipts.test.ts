/** What programs do with receipts files, beside runs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseReceipts, receiptLine } from "../../src/automation/index.ts";
import { anyReceipts, firstLineOf, lineOf } from "../unit/facts.ts";

test.each([
  ["this version", lineOf],
  ["0.1.0", firstLineOf],
])("a copy of a file of %s, line by line, has intact lines that say the same", (_version, written) => {
  fc.assert(
    fc.property(anyReceipts, (receipts) => {
      const read = parseReceipts(receipts.map((receipt) => `${written(receipt)}\n`).join(""));
      const copy = read.receipts.map((receipt) => `${receiptLine(receipt)}\n`).join("");
      expect(copy).toBe(receipts.map((receipt) => `${lineOf(receipt)}\n`).join(""));
      expect(parseReceipts(copy)).toEqual(read);
    }),
  );
});
