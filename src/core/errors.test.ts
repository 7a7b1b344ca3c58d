import { describe, expect, test } from "vitest";
import { ConfigurationInvalid, describeError, OAuthClientsError } from "./errors.ts";
import { say } from "./text.ts";

describe("what was thrown, in one sentence", () => {
  const own = new OAuthClientsError("rate-limited", say`It was too fast.`, say`Wait.`);
  const table: [what: string, thrown: unknown, text: string][] = [
    ["an error", new Error("boom"), "boom"],
    ["an error without a message", new TypeError(), "TypeError"],
    [
      "a chain of causes",
      new Error("fetch failed", { cause: new Error("connect ECONNREFUSED") }),
      "fetch failed: connect ECONNREFUSED",
    ],
    ["a cause that says the same", new Error("boom", { cause: new Error("boom") }), "boom"],
    ["a cause that is a text", new Error("boom", { cause: "why" }), "boom: why"],
    ["a cause that is null", new Error("boom", { cause: null }), "boom"],
    ["a cause that has no words", new Error("boom", { cause: new Response("x") }), "boom"],
    [
      "several errors",
      new AggregateError([new Error("IPv6 refused"), new Error("IPv4 refused")]),
      "IPv6 refused; IPv4 refused",
    ],
    ["several errors with a message", new AggregateError([new Error("one")], "all failed"), "all failed: one"],
    ["several errors without any message", new AggregateError([]), "an error without a message was thrown"],
    [
      "nested",
      new Error("outer", { cause: new AggregateError([new Error("a", { cause: new Error("b") }), "c"]) }),
      "outer: a: b; c",
    ],
    ["undefined", undefined, "undefined was thrown instead of an error"],
    ["null", null, "null was thrown instead of an error"],
    ["a text", "boom", "boom"],
    ["an empty text", "", "an error without a message was thrown"],
    ["a number", 404, "something that is not an error was thrown"],
    ["a symbol", Symbol("s"), "something that is not an error was thrown"],
    ["an object with a message", { message: "boom", id: "req-1" }, "boom"],
    ["an object without one", { status: 500 }, "something that is not an error was thrown"],
    ["an object whose message is none", { message: 5 }, "something that is not an error was thrown"],
    ["one of ours", own, "It was too fast. Wait."],
    ["one of ours without a hint", new OAuthClientsError("rate-limited", say`It was too fast.`), "It was too fast."],
    ["one of ours as a cause", new Error("outer", { cause: own }), "outer: It was too fast. Wait."],
  ];
  test.each(table)("%s", (_what, thrown, text) => {
    expect(String(describeError(thrown))).toBe(text);
  });

  test("of an error that is its own cause", () => {
    const first = new Error("first");
    const second = new Error("second", { cause: first });
    first.cause = second;
    expect(String(describeError(first))).toBe("first: second");
  });

  test("of several errors that contain themselves", () => {
    const all = new AggregateError([new Error("one")], "all");
    all.errors.push(all, all);
    expect(String(describeError(all))).toContain("one");
  });
});

describe("an error of ours", () => {
  test("says what happened and what to do, also as a text", () => {
    const error = new OAuthClientsError("client-alive", say`It is there.`, say`Look.`, { cause: new Error("why") });
    expect(`${error}`).toBe("It is there. Look.");
    expect(error).toMatchObject({
      name: "OAuthClientsError",
      code: "client-alive",
      cause: { message: "why" },
    });
    expect(error).toBeInstanceOf(Error);
  });

  test("about settings has every problem, and says all of them", () => {
    const error = new ConfigurationInvalid([say`No token.`, say`No tenant.`]);
    expect(error.code).toBe("configuration-invalid");
    expect(error.problems.map(String)).toEqual(["No token.", "No tenant."]);
    expect(String(describeError(error))).toBe("No token. No tenant.");
  });
});
