import { deletedAt, mayBeAlive, type Receipt } from "../../core/receipt.ts";
import { joined, type Message, say } from "../../core/text.ts";
import type { TestCase } from "../output/junit.ts";
import type { Column } from "../output/sheet.ts";
import { minute, named, stackOf } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";

/** The columns of a table of these receipts: where two clients have one name, their ids tell them apart on any terminal. */
export function columnsFor(receipts: readonly Receipt[]): Column<Receipt>[] {
  const hasTwins = new Set(receipts.map(({ name }) => name)).size < receipts.length;
  return [
    { title: "deleted at", key: "deletedAt", cell: (receipt) => minute(deletedAt(receipt)) },
    { title: "client", key: "name", cell: ({ name, id }) => named(name ?? id) },
    { title: "id", key: "id", cell: ({ id }) => named(id), cut: "middle", ...(hasTwins ? {} : { spare: 2 }) },
    { title: "OAuth client id", key: "clientId", cell: ({ clientId }) => named(clientId), cut: "middle", spare: 5 },
    { title: "tenant", key: "tenantId", cell: ({ tenantId }) => named(tenantId), cut: "middle", spare: 4 },
    { title: "stack", key: "stack", cell: ({ urn }) => named(stackOf(urn).stack), spare: 3 },
    { title: "outcome", key: "outcome", cell: (receipt) => REDACTOR.show(outcomeOf(receipt)) },
    { title: "tokens", key: "tokensRevoked", cell: ({ tokensRevoked }) => tokensRevoked },
    {
      title: "sessions",
      key: "activeSessionsTerminated",
      cell: ({ activeSessionsTerminated }) => activeSessionsTerminated,
    },
    {
      title: "by",
      key: "deletedBy",
      cell: ({ deletedBy }) => named(deletedBy?.name ?? deletedBy?.id ?? null),
      spare: 6,
    },
  ];
}

/** All that a receipt has, for a spreadsheet. */
export const ALL: readonly Column<Receipt>[] = [
  ...(["at", "deletedAt", "kind", "name", "id", "clientId", "connection", "tenantId", "realmName", "urn"] as const).map(
    (key) => ({ title: key, key, cell: (receipt: Receipt) => named(receipt[key]) }),
  ),
  { title: "outcome", key: "outcome", cell: ({ outcome }) => named(outcome) },
  ...(["tokensRevoked", "activeSessionsTerminated", "retentionDays", "httpStatus"] as const).map((key) => ({
    title: key,
    key,
    cell: (receipt: Receipt) => receipt[key],
  })),
  ...(["permanentDeletionDate", "previousStatus", "vendorCode"] as const).map((key) => ({
    title: key,
    key,
    cell: (receipt: Receipt) => named(receipt[key]),
  })),
  ...(["verified", "responseLost", "forced"] as const).map((key) => ({
    title: key,
    key,
    cell: (receipt: Receipt) => named(receipt[key] === null ? null : String(receipt[key])),
  })),
  { title: "deletedById", key: "deletedById", cell: ({ deletedBy }) => named(deletedBy?.id) },
  { title: "deletedByName", key: "deletedByName", cell: ({ deletedBy }) => named(deletedBy?.name) },
  { title: "deletedByEmail", key: "deletedByEmail", cell: ({ deletedBy }) => named(deletedBy?.email) },
  { title: "lastUsedAt", key: "lastUsedAt", cell: ({ usage }) => named(usage?.lastUsedAt) },
  { title: "activeTokens", key: "activeTokens", cell: ({ usage }) => usage?.activeTokens ?? null },
];

function outcomeOf({ outcome, responseLost, forced }: Receipt): Message {
  const notes = [responseLost && outcome !== "unconfirmed" ? say`response lost` : say``, forced ? say`forced` : say``];
  const noted = joined(notes, ", ");
  return noted.isEmpty ? say`${outcome}` : say`${outcome} (${noted})`;
}

/** Of a client that may be alive, nobody should read that all went well. */
export function asTestCase(receipt: Receipt): TestCase {
  return {
    name: String(named(receipt.name ?? receipt.id)),
    group: `${receipt.kind.split(":")[0] ?? ""}.${named(receipt.tenantId) ?? ""}`,
    failure: mayBeAlive(receipt) ? `${receipt.outcome}: the client may be alive` : null,
    output: REDACTOR.show(
      say`${outcomeOf(receipt)}; tokens revoked: ${receipt.tokensRevoked ?? "not said"}; sessions ended: ${receipt.activeSessionsTerminated ?? "not said"}; ${named(receipt.id) ?? ""}`,
    ),
  };
}
