import { describe, expect, test } from "vitest";
import { OAuthClientsError } from "../core/errors.ts";
import { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import { PartialFailure } from "../lifecycle/lifecycle.ts";
import { readable } from "../runtime/readable.ts";
import { checkFailures, presentable } from "./guard.ts";

const OWN = { __provider: "exports.handler = () => 1;", __kind: "rezolve:OAuthClient" };

function shown(thrown: unknown): Error {
  return presentable(readable(thrown, new Redactor()), OWN);
}

const apiError = Object.assign(new Error("refused", { cause: new Error("by the proxy") }), {
  id: "request-1",
  code: 404,
  details: "s",
  metadata: {},
  properties: { a: 1 },
  reasons: ["r"],
});

describe("whatever is thrown", () => {
  const table: [what: string, thrown: unknown, message: string][] = [
    ["undefined", undefined, "undefined was thrown instead of an error"],
    ["null", null, "null was thrown instead of an error"],
    ["a text", "boom", "boom"],
    ["a number", 7, "something that is not an error was thrown"],
    ["an object", { message: "boom", id: "request-1" }, "boom"],
    ["several errors", new AggregateError([new Error("a"), new Error("b")]), "a; b"],
    [
      "an error with a cause",
      new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") }),
      "fetch failed: ECONNREFUSED",
    ],
    ["an API's error", apiError, "refused: by the proxy"],
    [
      "one of ours",
      new OAuthClientsError("rate-limited", say`Too fast.`, say`Wait.`),
      "Too fast. Wait. [rate-limited]",
    ],
  ];
  test.each(table)("%s becomes an error that says so", (_what, thrown, message) => {
    const error = shown(thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe(message);
  });

  test.each(table)("%s carries nothing that the SDK reads as something else", (_what, thrown) => {
    const error = shown(thrown);
    expect(error).not.toBe(thrown);
    for (const key of ["id", "cause", "details", "metadata", "properties", "reasons"]) {
      expect(error).not.toHaveProperty(key);
    }
    // FAILED_PRECONDITION, whatever code the error had.
    expect(error).toHaveProperty("code", 9);
  });

  test.each(table)("%s shows no stack", (_what, thrown) => {
    expect(shown(thrown).stack).not.toMatch(/\n|\.ts/);
    expect(`${shown(thrown)}`).not.toContain("\n");
  });

  test("has a short form, which says no code again", () => {
    expect(`${shown(new OAuthClientsError("rate-limited", say`Too fast.`))}`).toBe("pulumi-oauth-clients");
    expect(`${shown(new Error("boom"))}`).toBe("pulumi-oauth-clients");
  });

  test("is without secrets", () => {
    const redactor = new Redactor();
    redactor.add("t0p-s3cret");
    const error = presentable(readable(new Error("x", { cause: new Error("t0p-s3cret was refused") }), redactor), OWN);
    expect(error.message).toBe("x: [redacted] was refused");
  });
});

describe("a client that exists but is not as desired", () => {
  const recorded = { id: "client-1", outputs: { name: "CI bot", clientSecret: null, gone: undefined } };
  const cause = new OAuthClientsError("vendor-refused", say`Not disabled: t0p-s3cret.`, say`Do it by hand.`);
  const redactor = new Redactor();
  redactor.add("t0p-s3cret");
  const error = presentable(readable(new PartialFailure(recorded, cause), redactor), OWN);

  test("keeps its id, its outputs and what the SDK forgets: the provider's code", () => {
    expect(error).toMatchObject({ id: "client-1", properties: { name: "CI bot", clientSecret: null, ...OWN } });
    expect(error).toHaveProperty("properties", { name: "CI bot", clientSecret: null, ...OWN });
  });

  test("has the reason, without secrets, and no code that would make it a failure", () => {
    expect(error).toHaveProperty("reasons", ["Not disabled: [redacted]. Do it by hand. [vendor-refused]"]);
    expect(error.message).toBe("Not disabled: [redacted]. Do it by hand. [vendor-refused]");
    expect(error).not.toHaveProperty("code");
  });
});

test("problems of a check name no property, whose value would be printed", () => {
  expect(checkFailures(["a: is missing.", "b: is odd."])).toEqual([
    { property: "", reason: "a: is missing." },
    { property: "", reason: "b: is odd." },
  ]);
  expect(checkFailures([])).toEqual([]);
});
