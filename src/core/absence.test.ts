import { expect, test } from "vitest";
import { response, SUBJECT, transport } from "../../test/unit/facts.ts";
import { baseUrlChanged, evidenceAgainst, type Look } from "./absence.ts";
import { describeError } from "./errors.ts";
import { say } from "./text.ts";

test("an absent client leaves no evidence against it", () => {
  expect(evidenceAgainst({ found: "absent" }, SUBJECT)).toBeNull();
});

test.each<[string, Look, string, string[]]>([
  ["alive", { found: "alive", status: "inactive" }, "client-alive", ["status inactive", "permissions"]],
  [
    "no-tenant",
    { found: "no-tenant", answer: response(404) },
    "tenant-unknown",
    ["HTTP 404", "https://api.example.test", "stays in the state"],
  ],
  ["not-permitted", { found: "not-permitted", answer: response(403) }, "permission-missing", [SUBJECT.permission]],
  [
    "invisible",
    { found: "invisible", needs: "client.read.all" },
    "permission-missing",
    ["client.read.all", "stays in the state"],
  ],
  [
    "nothing",
    { found: "nothing", answer: response(401), neededMs: null },
    "credentials-rejected",
    [String(SUBJECT.credentialSource)],
  ],
  ["nothing", { found: "nothing", answer: transport("timeout"), neededMs: null }, "vendor-unavailable", ["reachable"]],
])("a look that found %s is an error that names the client and its place", (_found, look, code, parts) => {
  const error = evidenceAgainst(look, SUBJECT);
  expect(error?.code).toBe(code);
  for (const part of ["client-1", "tenant-1", "acme-realm", ...parts])
    expect(String(describeError(error))).toContain(part);
});

test("a status that the vendor made up cannot forge a line", () => {
  const look: Look = { found: "alive", status: "active\nerror: forged" };
  expect(String(describeError(evidenceAgainst(look, SUBJECT)))).not.toContain("\n");
});

test("another host is an error that names both and the way out", () => {
  const text = String(describeError(baseUrlChanged(SUBJECT, "https://old.example.test", say`HTTP 204`)));
  for (const part of [
    "https://api.example.test",
    "https://old.example.test",
    "HTTP 204",
    "back to https://old.example.test",
    "pulumi refresh",
    '"trust"',
  ]) {
    expect(text).toContain(part);
  }
});
