import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { firstLineOf, lineOf, receipt } from "../../test/unit/facts.ts";
import { readReceiptLine } from "../core/receipt-line.ts";
import { Redactor } from "../core/redaction.ts";
import { type Message, say } from "../core/text.ts";
import type { Evidence } from "../lifecycle/lifecycle.ts";
import { Ledger, type Writer } from "./ledger.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "ledger-test-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Whoever deletes something, and what is said to them. */
function writer(redactor = new Redactor()) {
  const said: string[] = [];
  const heard = (message: Message) => void said.push(redactor.show(message));
  const log = (severity: string, message: Message) => heard(say`${severity}: ${message}`);
  const one: Writer = { kind: "rezolve:OAuthClient", urn: null, log, explain: vi.fn(heard) };
  return { said, one };
}

const evidence = (rest: Partial<Evidence> = {}): Evidence => {
  const { connection, tenantId, realmName, id, clientId, name, ...one } = receipt();
  const { receipt: _version, at: _at, kind: _kind, urn: _urn, usage, forced, ...revocation } = one;
  const about = { connection, tenantId, realmName, id, clientId, name };
  const seen = { usage, forced };
  return {
    client: say`the client`,
    severity: "info",
    ...about,
    revocation: { ...revocation, outcome: "deleted" },
    seen,
    ...rest,
  };
};

/** The line that a warning says to keep. */
function keptIn(warning = ""): string {
  return /keep this line instead: (\{.*\})$/.exec(warning)?.[1] ?? "";
}

test("the line that a warning says to keep is the receipt, whole and intact, whatever stands in it", async () => {
  const file = join(folder(), "a", "b", "receipts.jsonl");
  const odd = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 1_500 }),
    fc.constantFrom(
      '"'.repeat(999),
      "\\".repeat(999),
      "<{%red%}>",
      "bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
      "\u2028\u0007",
      "api-key:1",
    ),
  );
  await fc.assert(
    fc.asyncProperty(odd, odd, odd, odd, async (id, name, tenantId, words) => {
      const { said, one } = writer();
      const { revocation } = evidence();
      const deletedBy = { id: words, name: words, email: words };
      await new Ledger(new Redactor(), () => [file]).deleted(
        one,
        evidence({ id, name, tenantId, revocation: { ...revocation, deletedBy } }),
      );
      expect(readReceiptLine(keptIn(said.at(-1)))).toMatchObject({ is: "intact" });
    }),
    { numRuns: 50 },
  );
});

test("the longest receipt there can be fits into the warning", async () => {
  const long = `${'"'.repeat(180)} `.repeat(10);
  const { said, one } = writer();
  const { revocation } = evidence();
  const words = { deletedAt: long, previousStatus: long, permanentDeletionDate: long, vendorCode: long };
  const deletedBy = { id: long, name: long, email: long };
  await new Ledger(new Redactor(), () => ["/"]).deleted(
    { ...one, urn: long },
    evidence({
      ...{ connection: long, tenantId: long, realmName: long, id: long, clientId: long, name: long },
      revocation: { ...revocation, ...words, deletedBy },
    }),
  );
  expect(readReceiptLine(keptIn(said.at(-1)))).toMatchObject({ is: "intact" });
});

test("lines that cannot be relied on are told once, where somebody asks what receipts say of earlier deletions", async () => {
  const file = join(folder(), "receipts.jsonl");
  const newer = JSON.stringify({ ...receipt(), receipt: 3 });
  const altered = lineOf(receipt({ id: "client-2" })).replace("client-2", "client-3");
  const open = { outcome: "unconfirmed", httpStatus: 0, responseLost: true } as const;
  writeFileSync(file, `${[firstLineOf(receipt({ id: "client-4", ...open })), newer, altered].join("\n")}\n`);
  const { said, one } = writer();
  const ledger = new Ledger(new Redactor(), () => [file]);
  await ledger.deleted(one, evidence({ isQuiet: true }));
  expect(one.explain).not.toHaveBeenCalled();
  expect(await ledger.earlier(one, { tenantId: "tenant-1", id: "client-3" })).toBeNull();
  expect(await ledger.earlier(one, { tenantId: "tenant-1", id: "client-4" })).toMatchObject({ outcome: "open" });
  expect(new Set(said)).toEqual(
    new Set([
      `The receipts file ${file} has 2 lines that cannot be relied on: what they say of earlier deletions is not known here. oauth-clients receipts --verify says which, and why.`,
    ]),
  );
  expect(readFileSync(file, "utf8").split("\n")).toHaveLength(5);
});
