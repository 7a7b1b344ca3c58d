/** What docs/receipts.md says of a line: its members, made from the schema and the docstrings, and one as it is written. */
import { receiptSchema } from "../../src/core/evidence-schemas.ts";
import { type Receipt, safeReceipt } from "../../src/core/receipt.ts";
import { receiptLine } from "../../src/core/receipt-line.ts";
import { NO_SECRETS } from "../../src/core/redaction.ts";
import { declarationsIn, type Member, membersOf } from "./declarations.ts";
import { code, table } from "./table.ts";

const declared = declarationsIn(
  ["receipt", "revocation", "guard"].map((name) => new URL(`../../src/core/${name}.ts`, import.meta.url)),
);

/** A row for each member of a line; those of its parts below it. */
export function receiptTable(): string {
  const said = [...membersOf("Receipt", declared), ...membersOf("Revocation", declared)];
  const rows = Object.keys(receiptSchema.shape).flatMap((key) => {
    const member = said.find(({ name }) => name === key);
    if (member === undefined) throw new Error(`Nothing says what ${key} of a receipt is.`);
    return [rowOf(member), ...partsOf(member).map((part) => rowOf({ ...part, name: `${key}.${part.name}` }))];
  });
  return table(["Member", "Type", "Meaning"], [...rows, CHECKSUM]);
}

const CHECKSUM = ["`sha256`", "`string`", "The checksum of all others: see below."];

function rowOf({ name, type, doc }: Member): string[] {
  return [code(name), code(type.replace('Deed["outcome"]', "string")), doc];
}

function partsOf({ type }: Member): Member[] {
  const part = type.replace(/ \| null$/, "");
  return declared.has(part) ? membersOf(part, declared) : [];
}

const EXAMPLE: Receipt = {
  receipt: 2,
  at: "2026-11-24T09:30:02.114Z",
  kind: "rezolve:OAuthClient",
  urn: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/rezolve:OAuthClient::bot",
  connection: "default",
  tenantId: "5a4dbc0e-0000-4000-8000-000000000001",
  realmName: null,
  id: "client-550e8400-e29b-41d4-a716-446655440001",
  clientId: "ci-bot_oauth",
  name: "CI bot",
  usage: null,
  forced: false,
  outcome: "deleted",
  tokensRevoked: 3,
  activeSessionsTerminated: 0,
  deletedAt: "2026-11-24T09:30:01.871Z",
  deletedBy: { id: "u-1", name: "Ada Example", email: "ada@example.test" },
  previousStatus: null,
  retentionDays: null,
  permanentDeletionDate: null,
  httpStatus: 200,
  vendorCode: null,
  verified: null,
  responseLost: false,
};

/** A line of a receipts file. */
export function receiptExample(): string {
  return `\`\`\`json\n${receiptLine(safeReceipt(EXAMPLE, NO_SECRETS))}\n\`\`\``;
}
