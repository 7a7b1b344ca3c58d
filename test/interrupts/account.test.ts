import type { Receipt } from "pulumi-oauth-clients/automation";
import { expect, test } from "vitest";
import { receipt } from "../unit/facts.ts";
import { duplicates, evidenceOf, onlyInState, unknownToState } from "./account.ts";

const ID = "client-1";
const UNCOUNTED = { tokensRevoked: null, activeSessionsTerminated: null };
const deleted = (more: Partial<Receipt>): Receipt => receipt({ outcome: "deleted", id: ID, ...more });
const problemsOf = (receipts: Receipt[], printed = "") =>
  evidenceOf("rezolve", [ID], receipts, new Map([[ID, 2]]), printed).problems;

test("a client that the state does not have, one that it alone has, and one too many are seen", () => {
  const [first, second] = [
    { id: "a", name: "pr-1" },
    { id: "b", name: "pr-1" },
  ];
  const sight = { living: [first, second], state: ["a", "c"], pending: [] };
  expect(unknownToState(sight)).toEqual([second]);
  expect(onlyInState(sight)).toEqual(["c"]);
  expect(duplicates(sight)).toBe(1);
});

test.each<[string, Receipt[], string[]]>([
  ["no receipt", [], [`${ID} is gone without a receipt`]],
  ["a true count", [deleted({ tokensRevoked: 2 })], []],
  ["an invented count", [deleted({ tokensRevoked: 3 })], [`${ID} had 2 tokens, and its receipt says 3`]],
  ["no count though it was said", [deleted(UNCOUNTED)], [`the counts of ${ID} were said, and its receipt lacks them`]],
  [
    "two receipts",
    [deleted({ tokensRevoked: 2 }), deleted({ tokensRevoked: 2 })],
    [`${ID} has 2 receipts of its deletion`],
  ],
  ["one that said first that nobody knows", [deleted({ outcome: "unconfirmed" }), deleted({ tokensRevoked: 2 })], []],
  [
    "one that nobody confirmed",
    [deleted({ outcome: "unconfirmed", ...UNCOUNTED })],
    [`nobody ever confirmed that ${ID} is gone`],
  ],
  [
    "another one of a client that lives",
    [deleted({ tokensRevoked: 2 }), deleted({ id: "client-2" })],
    ["client-2 lives, and a receipt says deleted"],
  ],
])("of a deletion, %s", (_what, receipts, problems) => {
  expect(problemsOf(receipts)).toEqual(problems);
});

test("a line in the place of a receipt counts only for the client that it names", () => {
  const line = (id: string) => `warning: THE RECEIPT COULD NOT BE WRITTEN to x: no space; keep this: {"id":"${id}"}\n`;
  expect(problemsOf([], line(ID))).toEqual([]);
  expect(problemsOf([], `${line("client-2")}deleted ${ID}`)).toEqual([`${ID} is gone without a receipt`]);
});

test("at Nexus, a count is one that nobody has made", () => {
  const { problems } = evidenceOf("nexus", [ID], [deleted({ tokensRevoked: 0 })], new Map(), "");
  expect(problems).toEqual([`nobody has counted the tokens of ${ID}`]);
});
