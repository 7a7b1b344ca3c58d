import { describe, expect, test } from "vitest";
import { Replacements } from "./replacements.ts";

const BOT = { name: "CI bot" };
const kind = "rezolve:OAuthClient";
const URN = "urn:pulumi:dev::project::pulumi-nodejs:dynamic/rezolve:OAuthClient::bot";
const OTHER = `${URN}-2`;
const HOME = { tenantId: "tenant-1", realmName: "acme" };
const NOWHERE = {};

describe("the place of a predecessor is that", () => {
  test("of its last check, diff or deletion", () => {
    const known = new Replacements(["tenantId", "realmName"]);
    known.checked({ kind, urn: URN }, { ...BOT, ...HOME }, BOT, { ...BOT, ...HOME });
    expect(known.placeOf({ kind, urn: URN }, BOT)).toEqual(HOME);
    known.met({ urn: URN }, { ...BOT, tenantId: "tenant-2" });
    expect(known.placeOf({ kind, urn: URN }, BOT)).toEqual({ tenantId: "tenant-2" });
    expect(known.placeOf({ kind, urn: OTHER }, BOT)).toEqual(NOWHERE);
    expect(known.placeOf({ kind, urn: null }, BOT)).toEqual(NOWHERE);
  });

  test("of the check without a URN right before, when the program says the very same", () => {
    const known = new Replacements(["tenantId", "realmName"]);
    known.checked({ kind, urn: null }, { ...BOT, ...HOME }, BOT, { ...BOT, ...HOME });
    expect(known.placeOf({ kind, urn: URN }, { ...BOT })).toEqual(HOME);
    expect(known.placeOf({ kind, urn: URN }, { ...BOT, tenantId: "tenant-1" })).toEqual(NOWHERE);
    known.met({ urn: OTHER }, { ...BOT, ...HOME });
    expect(known.placeOf({ kind, urn: URN }, { ...BOT })).toEqual(NOWHERE);
  });
});

/** Whether the deletion goes on, after the check of a successor with this URN. */
function deletes(options: {
  urn?: string | null;
  program?: Record<string, unknown>;
  checked: Record<string, unknown>;
  state?: Record<string, unknown>;
  kind?: string;
  before?: (known: Replacements) => void;
}): boolean {
  const { urn = URN, program = {}, checked, state = {}, before } = options;
  const known = new Replacements(["tenantId", "realmName"]);
  known.checked({ kind, urn }, {}, { ...BOT, ...program }, { ...BOT, ...checked });
  before?.(known);
  try {
    known.assertStays({ kind: options.kind ?? kind, urn: URN }, { ...BOT, ...HOME, ...state });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "configuration-invalid" });
    return false;
  }
}

describe.each([
  ["with a URN", URN],
  ["without a URN", null],
])("after a check %s that knew of nothing older, a deletion", (_case, urn) => {
  test.each<[goes: "goes on" | "is refused", why: string, options: Omit<Parameters<typeof deletes>[0], "urn">]>([
    ["goes on", "when the defaults are the recorded place", { checked: HOME }],
    ["is refused", "when the default realm is gone", { checked: { tenantId: "tenant-1" } }],
    ["is refused", "when the default realm has changed", { checked: { ...HOME, realmName: "other" } }],
    ["is refused", "when the default tenant has changed", { checked: { ...HOME, tenantId: "tenant-2" } }],
    ["is refused", "when a default realm appeared", { checked: HOME, state: { realmName: null } }],
    [
      "goes on",
      "when there is no realm, however that is written",
      { checked: { tenantId: "tenant-1", realmName: "" }, state: { realmName: null } },
    ],
    [
      "goes on",
      "when the program itself moves the client",
      { program: { tenantId: "tenant-2", realmName: "" }, checked: { tenantId: "tenant-2", realmName: "" } },
    ],
    ["goes on", "when no client will take its place", { checked: { status: "deleted" } }],
    [
      "goes on",
      "when the successor exists already",
      { checked: { tenantId: "tenant-2" }, before: (known) => known.created({ kind, urn: URN }, BOT) },
    ],
  ])("%s %s", (goes, _why, options) => {
    expect(deletes({ ...options, urn })).toBe(goes === "goes on");
  });
});

test("a check without a URN says nothing about other clients, nor about one that was met", () => {
  const moved = { urn: null, checked: { tenantId: "tenant-2" } };
  expect(deletes(moved)).toBe(false);
  expect(deletes({ ...moved, state: { name: "Another bot" } })).toBe(true);
  expect(deletes({ ...moved, kind: "nexus:Client" })).toBe(true);
  expect(deletes({ ...moved, state: { connection: "eu" } })).toBe(true);
  expect(deletes({ ...moved, before: (known) => known.met({ urn: URN }, { ...BOT, ...HOME }) })).toBe(true);
});
