import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { givenSecret, listedSecret } from "./secret.ts";

const KNOWN = "k7Vq-3mZtR9_wYbN2cLxP0dFhJ5sGaUe8iTo1vXyQnM4pBzKr6jWlHgSfEuCtA_D";
const ROTATED = "Zp4-Hn8sQvW2_xLc0RtYb7JmKd1GfEa9UiOo3TzXyNwVq6CkPj5rBhMlSeDgFuA8";

const MASKS = [
  null,
  undefined,
  "",
  "<hidden>",
  "[REDACTED]",
  "REDACTED",
  "hidden",
  "xxxx-xxxx",
  "abcd...wxyz",
  "k7Vq...tA_D",
  "k7Vq…tA_D",
  "********",
  "k7Vq********",
  "••••••••",
  "........",
  "(hidden)",
  "none",
  "null",
  "0000000000000000",
  `${KNOWN.slice(0, 4)}${"x".repeat(56)}${KNOWN.slice(-4)}`,
  "k7VqxxxxxxxxtA_D",
];

/** Look like secrets, and are other things: a shortened one, a hash, one with the middle made up. */
const DOUBTFUL = [
  "k7Vq-3mZtR9_wYbN",
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  `${KNOWN.slice(0, 8)}${ROTATED.slice(8)}`,
  `${ROTATED.slice(0, -4)}${KNOWN.slice(-4)}`,
  "abcd-wxyz",
  "x",
  "client-secret-of-the-portal",
];

/** What RFC 6749 allows in a client's secret, save the space. */
function printable(length: number): string {
  return [...randomBytes(length)].map((byte) => String.fromCharCode(0x21 + (byte % 94))).join("");
}

describe("a known secret", () => {
  test.each(MASKS)("stays where the list has a mask or nothing: %j", (listed) => {
    expect(listedSecret(listed, KNOWN)).toEqual({ secret: KNOWN, other: null });
  });

  test.each(DOUBTFUL)("stays, with a doubt, where the list has what may be none: %j", (listed) => {
    expect(listedSecret(listed, KNOWN)).toEqual({ secret: KNOWN, other: "doubted" });
  });

  test("gives way to another of its own make", () => {
    expect(listedSecret(ROTATED, KNOWN)).toEqual({ secret: ROTATED, other: "taken" });
    const [before, after] = [randomBytes(32), randomBytes(32)].map((bytes) => `sbx_${bytes.toString("base64url")}`);
    expect(listedSecret(after, before ?? "")).toEqual({ secret: after, other: "taken" });
  });

  test("is never lost, whatever the list has", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...MASKS, ...DOUBTFUL)), (listed) => {
        expect([listed, KNOWN]).toContain(listedSecret(listed, KNOWN).secret);
        expect(listedSecret(listed, KNOWN).secret).not.toBeNull();
      }),
    );
  });

  test("that is a mask, taken for a secret once, gives way to a secret", () => {
    expect(listedSecret(KNOWN, "<hidden>")).toEqual({ secret: KNOWN, other: null });
    expect(listedSecret(null, "<hidden>").secret).toBe("<hidden>");
  });
});

describe("a known secret of any printable characters", () => {
  test("never gives way because of them", () => {
    const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for (let tried = 0; tried < 2_000; tried += 1) {
      const known = printable(32);
      expect(listedSecret(hash, known)).toEqual({ secret: known, other: "doubted" });
      expect(listedSecret("********", known)).toEqual({ secret: known, other: null });
    }
  });
});

describe("an unknown secret", () => {
  test.each(MASKS)("stays unknown where the list has a mask or nothing: %j", (listed) => {
    expect(listedSecret(listed, null).secret).toBeNull();
  });

  test("is what the list has, where that is certainly one", () => {
    expect(listedSecret(KNOWN, null)).toEqual({ secret: KNOWN, other: null });
  });
});

describe("the secret in the answer to a creation", () => {
  test("is taken unless it is plainly a mask", () => {
    expect([KNOWN, "s3cr3t-12ch", "<hidden>", "", null].map(givenSecret)).toEqual([
      KNOWN,
      "s3cr3t-12ch",
      null,
      null,
      null,
    ]);
  });

  test("is not taken for a mask because it is random", () => {
    for (let tried = 0; tried < 2_000; tried += 1) {
      const secret = randomBytes(48).toString("base64url");
      expect(givenSecret(secret)).toBe(secret);
    }
    for (let tried = 0; tried < 5_000; tried += 1) {
      const secret = printable(32);
      expect(givenSecret(secret)).toBe(secret);
    }
  });

  test.each([
    "k7Vq*3mZtR9[wYbN2cLxP0d{hJ5sG}Ue",
    "<k7Vq..3mZtR9>wYbN2cLxP0dFhJ5sGa",
    "‹k7Vq‹3mZtR9•wYbN2cLxP0dFhJ5sGa",
    "k7Vq 3mZtR9 wYbN2cLxP0dFhJ5sGaUe",
    "MFRGGZDFMZTWQ2LKNNWG23TPOE======",
    "prod_hidden-9f86d081884c7d659a2f",
  ])("is taken whatever characters are in it: %s", (secret) => {
    expect(givenSecret(secret)).toBe(secret);
  });

  test.each(MASKS)("is not taken where the whole of it is a mask: %j", (mask) => {
    expect(givenSecret(mask ?? null)).toBeNull();
  });
});
