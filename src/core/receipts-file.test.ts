import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyReceipts, lineOf, receipt } from "../../test/unit/facts.ts";
import { receiptSchema } from "./evidence-schemas.ts";
import { linesInBrief, parseReceipts } from "./receipts-file.ts";

test("numbers of lines are told in brief", () => {
  expect(linesInBrief([3])).toBe("line 3");
  expect(linesInBrief([1, 2, 3, 4, 5])).toBe("lines 1, 2, 3, 4, 5");
  expect(linesInBrief(Array.from({ length: 116 }, (_, index) => index + 1))).toBe("lines 1, 2, 3, 4, 5 and 111 more");
});

describe("a receipts file", () => {
  test("is read back as it was written", () => {
    fc.assert(
      fc.property(anyReceipts, (receipts) => {
        const text = receipts.map((one) => `${lineOf(one)}\n`).join("");
        expect(parseReceipts(text)).toMatchObject({ receipts, unreadableLines: [] });
      }),
    );
  });

  test("may have a torn line, somebody else's text, and empty lines, and the rest is read", () => {
    const line = lineOf(receipt());
    const text = [line, "", "somebody's words", line, JSON.stringify({ receipt: 2 }), "null", "  ", line.slice(0, 40)];
    expect(parseReceipts(text.join("\n"))).toEqual({
      receipts: [receipt(), receipt()],
      unreadableLines: [3, 5, 6, 8],
      unreadable: { altered: [5], torn: [8], newer: [], other: [3, 6] },
    });
  });

  test("may have Windows line ends", () => {
    expect(parseReceipts(`${lineOf(receipt())}\r\n`)).toMatchObject({ receipts: [receipt()], unreadableLines: [] });
  });

  test.each(["tokensRevoked", "activeSessionsTerminated"])("has no receipt with a %s that cannot be a count", (key) => {
    for (const count of [-1, 1.5, "3", undefined]) {
      expect(receiptSchema.safeParse({ ...receipt(), [key]: count }).success).toBe(false);
    }
  });
});
