import { expect, test } from "vitest";
import { readJson } from "./json.ts";

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

test.each([undefined, null, {}, "", " \n"])("%j is no body", (body) => {
  expect(readJson(body)).toStrictEqual({ kind: "none" });
});

test.each(["null", "1", '{"a":[{}]}', nested(64)])("%s is JSON", (body) => {
  expect(readJson(body)).toStrictEqual({ kind: "json", value: JSON.parse(body) });
});

test.each([
  ["{", "not valid JSON"],
  ["{}{}", "not valid JSON"],
  [nested(66), "nested more than 64 levels"],
  [`{"a":${nested(200_000)}}`, "nested more than 64 levels"],
])("%.10s is refused: %s", (body, why) => {
  expect(readJson(body)).toMatchObject({ kind: "refused", why: expect.stringContaining(why) });
});
