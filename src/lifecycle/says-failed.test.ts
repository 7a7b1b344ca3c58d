import { describe, expect, test } from "vitest";
import type { HttpResponse } from "../http/client.ts";
import { reader as nexus } from "../vendors/nexus/api.ts";
import { reader as rezolve } from "../vendors/rezolve/api.ts";

function answer(status: number, body: unknown, contentType = "application/json"): HttpResponse {
  const text = JSON.stringify(body);
  const headers = { "content-type": contentType };
  return { kind: "response", status, headers, text, complete: true, waitMs: null, clock: null };
}

describe.each([
  ["Rezolve", rezolve],
  ["Nexus", nexus],
])("a 200 of %s says that it failed", (_vendor, reader) => {
  const read = (body: unknown, contentType?: string) => reader.read(answer(200, body, contentType), body);

  test.each<[string, unknown, string?]>([
    ["without success", { success: false }],
    ["without success, as a text", { success: "false" }],
    ["with an error object", { success: false, error: { code: "IN_USE", message: "in use" } }],
    ["with an error text", { success: false, error: "in use" }],
    ["with an error text alone", { error: "in use" }],
    ["with a list of errors", { errors: [{ message: "in use" }] }],
    ["with errors by field", { errors: { id: ["unknown"] } }],
    ["below data", { success: true, data: { success: false } }],
    ["below data, with an error", { success: true, data: { error: { code: "IN_USE" } } }],
    ["with problem details", { type: "about:blank", title: "Conflict", status: 409, detail: "in use" }],
    ["with problem details without a status", { title: "Conflict", status: null }],
    ["with the media type of problem details", {}, "application/problem+json; charset=utf-8"],
    ["with a status of failure in the body", { statusCode: 409, message: "in use" }],
    ["with a word for failure as status", { status: "error", message: "in use" }],
  ])("%s", (_what, body, contentType) => {
    expect(read(body, contentType).saysFailed).toBe(true);
  });

  test.each<[string, unknown]>([
    ["an envelope with a client", { success: true, message: "ok", data: { id: "client-1", status: "deleted" } }],
    ["a bare client", { id: "client-1", name: "Portal", type: "regular_web", status: "active" }],
    ["errors that are none", { success: true, error: null, errors: [], data: { error: "", errors: {} } }],
    ["a status of success", { status: 200 }],
    ["a list", [{ error: "of an item" }]],
    ["no body", undefined],
    ["a text", "error"],
  ])("not with %s", (_what, body) => {
    expect(read(body).saysFailed).toBe(false);
  });

  test("in words that messages can repeat", () => {
    for (const body of [
      { success: false, error: "in use" },
      { success: false, error: { message: "in use" } },
      { title: "in use", status: 409 },
    ]) {
      expect(read(body).words).toBe("in use");
    }
  });
});

test("details of an error that nest without end are not followed", () => {
  let deep: unknown = "bottom";
  for (let depth = 0; depth < 200_000; depth += 1) deep = [deep];
  const body = {
    success: false,
    error: { code: "BAD", message: "Bad", details: { name: "taken", list: ["a", 1], deep } },
  };
  const bare = {
    kind: "response" as const,
    status: 400,
    headers: {},
    text: "",
    complete: true,
    waitMs: null,
    clock: null,
  };
  expect(rezolve.read(bare, body)).toMatchObject({
    vendorCode: "BAD",
    words: "Bad – name: taken; list: a, 1; deep: …",
  });
});
