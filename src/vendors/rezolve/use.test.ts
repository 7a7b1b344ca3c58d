import { expect, test } from "vitest";
import { useOf } from "./use.ts";
import { wireClient } from "./wire.ts";

const AT = "2026-07-10T13:30:00.000Z";
const MS = Date.parse(AT);

const use = (client: object) => useOf(wireClient.parse({ id: "client-1", status: "active", ...client }));

test("what a look at the client shows", () => {
  const usage = { lastUsedAt: AT, totalTokenRequests: 3, activeTokenCount: 2 };
  const audit = { createdAt: AT, updatedAt: AT };
  expect(use({ usage, audit })).toEqual({
    createdMs: MS,
    lastUsedMs: MS,
    activeTokens: 2,
    requestsPerDay: null,
    disabledMs: "not",
  });
  expect(use({ usage, audit, status: "inactive" }).disabledMs).toBe(MS);
  expect(use({ usage, audit, status: "revoked" }).disabledMs).toBe(MS);
});

test("what the list shows says nothing of its tokens, or since when it is disabled", () => {
  const listed = { createdAt: AT, lastUsedAt: AT, usageCount: 3, status: "inactive" };
  expect(use(listed)).toEqual({
    createdMs: MS,
    lastUsedMs: MS,
    activeTokens: null,
    requestsPerDay: null,
    disabledMs: null,
  });
});

test.each([
  ["nothing at all", {}],
  ["no usage in it", { usage: {} }],
  ["no usage of it", { usage: null }],
  ["null without a count", { usage: { lastUsedAt: null } }],
  ["null beside requests", { usage: { lastUsedAt: null, totalTokenRequests: 4 } }],
  ["null beside tokens that are good", { usage: { lastUsedAt: null, totalTokenRequests: 0, activeTokenCount: 1 } }],
  ["a count alone", { usage: { totalTokenRequests: 0 } }],
  ["no time", { usage: { lastUsedAt: "never", totalTokenRequests: 0 } }],
  ["a number", { usage: { lastUsedAt: 0, totalTokenRequests: 0 } }],
  ["the year 1", { usage: { lastUsedAt: "0001-01-01T00:00:00Z", totalTokenRequests: 0 } }],
  ["1970", { usage: { lastUsedAt: "1970-01-01T00:00:00.000Z", totalTokenRequests: 0 } }],
  ["no ISO 8601", { usage: { lastUsedAt: "Sep 3, 2020", totalTokenRequests: 0 } }],
  ["a time before its creation", { usage: { lastUsedAt: "2020-01-01T00:00:00Z" }, audit: { createdAt: AT } }],
  ["null in a list without a count", { lastUsedAt: null }],
  ["null in a list beside a count", { lastUsedAt: null, usageCount: 2 }],
])("is unknown, not never, where the vendor says %s", (_what, client) => {
  expect(use(client).lastUsedMs).toBeNull();
});

test.each([
  { usage: { lastUsedAt: null, totalTokenRequests: 0, activeTokenCount: 0 } },
  { usage: { lastUsedAt: null, totalTokenRequests: 0 } },
  { lastUsedAt: null, usageCount: 0 },
])("is never where the vendor says null and counts none: %o", (client) => {
  expect(use(client).lastUsedMs).toBe("never");
});

test("a status that nobody says is not one of a client that is disabled, nor of one that is not", () => {
  expect(use({ status: undefined }).disabledMs).toBeNull();
});
