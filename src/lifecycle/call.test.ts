import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { response, transport } from "../../test/unit/facts.ts";
import { connectionTo } from "../../test/unit/operation.ts";
import { json, serve } from "../../test/unit/server.ts";
import type { HttpResponse } from "../http/client.ts";
import { reader as nexusReader } from "../vendors/nexus/api.ts";
import { reader } from "../vendors/rezolve/api.ts";
import { call, isNotFound, isWebPage, readAnswer, vendorStatus } from "./call.ts";

function arrived(status: number, text: string, rest: Partial<HttpResponse> = {}): HttpResponse {
  const headers = { "content-type": "application/json" };
  return { kind: "response", status, headers, text, complete: true, waitMs: null, clock: null, ...rest };
}
const html = { headers: { "content-type": "text/html; charset=utf-8" } };

describe("who wrote a response of Rezolve's", () => {
  const error = JSON.stringify({ success: false, error: { code: "OAUTH_CLIENT_NOT_FOUND", message: "Not found" } });
  test.each<[string, HttpResponse, string]>([
    ["an error envelope", arrived(404, error), "vendor"],
    ["an error envelope with the wrong content type", arrived(404, error, html), "vendor"],
    ["a success envelope", arrived(200, '{"success":true,"data":{}}'), "vendor"],
    ["HTML by its content type", arrived(404, "Not found", html), "stranger"],
    ["HTML by its text", arrived(404, "\n <!DOCTYPE html><html>", { headers: {} }), "stranger"],
    ["HTML in capitals", arrived(502, "<HTML>", { headers: {} }), "stranger"],
    ["XHTML", arrived(404, "x", { headers: { "content-type": "application/xhtml+xml" } }), "stranger"],
    ["an empty body", arrived(404, ""), "unclear"],
    ["a gateway's JSON", arrived(404, '{"message":"no Route matched with those values"}'), "unclear"],
    ["an error that is a text", arrived(404, '{"success":false,"error":"Not found"}'), "unclear"],
    ["plain text", arrived(404, "404 page not found", { headers: { "content-type": "text/plain" } }), "unclear"],
    ["null", arrived(404, "null"), "unclear"],
    ["a cut envelope", arrived(404, error.slice(0, 30), { complete: false }), "unclear"],
  ])("%s", (_what, given, author) => {
    expect(readAnswer(reader, given)).toMatchObject({ kind: "response", status: given.status, author });
  });

  test("is for every vendor told apart from a web page", () => {
    expect(isWebPage(arrived(200, "<html>"))).toBe(true);
    expect(isWebPage(arrived(200, "{}"))).toBe(false);
  });
});

describe("what Rezolve says about an error", () => {
  const read = (error: unknown) => readAnswer(reader, arrived(422, JSON.stringify({ success: false, error })));
  test.each([
    [{ code: "A", message: "M", details: "D" }, "A", "M – D"],
    [{ code: "A", message: "M" }, "A", "M"],
    [{ message: "M", details: { name: "is taken", scopes: ["x"] } }, null, "M – name: is taken; scopes: x"],
    [{ code: 5, message: {}, details: 7 }, null, null],
    [{ code: null, message: null, details: null }, null, null],
    [{}, null, null],
  ])("%j", (error, vendorCode, words) => {
    expect(read(error)).toMatchObject({ author: "vendor", vendorCode, words });
  });
});

describe("what a web page of somebody else's says", () => {
  const page = (title: string) => `<html><head>${title}</head><body>t0p</body></html>`;
  test.each<[string, string | null]>([
    ["<title>400 No required SSL certificate was sent</title>", "400 No required SSL certificate was sent"],
    ['<TITLE lang="en">\n Blocked by policy </TITLE>', "Blocked by policy"],
    ["<title></title>", null],
    ["<h1>Hello</h1>", null],
  ])("is its title: %s", (title, words) => {
    expect(readAnswer(reader, arrived(400, page(title), html))).toMatchObject({ author: "stranger", words });
  });

  test("is nothing where the vendor wrote it", () => {
    const named = JSON.stringify({ success: false, error: { message: "<title>x</title>" } });
    expect(readAnswer(reader, arrived(400, named, html))).toMatchObject({ words: "<title>x</title>" });
  });
});

test("a byte-order mark before a body is no part of it", () => {
  const answer = readAnswer(reader, arrived(200, '\ufeff{"success":true,"data":{"id":"client-1"}}'));
  expect(answer).toMatchObject({ author: "vendor", body: { data: { id: "client-1" } } });
});

test("what the vendor says has so many words as anybody reads, and no half word, which could be half a secret", () => {
  const error = { code: "C".repeat(100_000), message: `${"word ".repeat(20_000)}` };
  const answer = readAnswer(reader, arrived(422, JSON.stringify({ success: false, error })));
  const words = answer.kind === "response" ? (answer.words ?? "") : "";
  expect(words.length).toBeLessThanOrEqual(10_000);
  expect(words).toMatch(/^(word )+$/);
  expect(answer).toMatchObject({ vendorCode: "" });
});

test("whatever arrives is read without an error, with the status and clock that it has", () => {
  const anyText = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((error) => JSON.stringify({ success: false, error })),
  );
  fc.assert(
    fc.property(anyText, fc.integer({ min: 200, max: 599 }), fc.boolean(), (text, status, complete) => {
      const answer = readAnswer(reader, arrived(status, text, { complete, clock: 5, waitMs: 7 }));
      expect(answer).toMatchObject({ kind: "response", status, clock: 5, waitMs: 7 });
      if (!complete) expect(answer).toHaveProperty("body", undefined);
    }),
  );
});

test("a body that is nested too deep is read as none, and costs neither its status nor its author", () => {
  const deep = (depth: number) =>
    `{"success":false,"error":{"details":{"x":${"[".repeat(depth)}${"]".repeat(depth)}}}}`;
  expect(readAnswer(reader, arrived(400, deep(200_000)))).toMatchObject({ status: 400, body: undefined, words: null });
  expect(readAnswer(reader, arrived(400, `"${"[".repeat(500)}\\"${"[".repeat(500)}"`))).toMatchObject({
    body: `${"[".repeat(500)}"${"[".repeat(500)}`,
  });
  expect(readAnswer(reader, arrived(400, deep(50)))).toMatchObject({ author: "vendor" });
  expect(readAnswer(nexusReader, arrived(400, deep(200_000)))).toMatchObject({ status: 400, body: undefined });
});

test("of a vendor's endless words a part is kept, and no half word", () => {
  const answer = readAnswer(
    reader,
    arrived(400, JSON.stringify({ success: false, error: { code: "c".repeat(20_000), message: "word ".repeat(1e6) } })),
  );
  if (answer.kind !== "response") throw new Error("no response");
  expect(answer.words?.length).toBe(10_000);
  expect(answer.vendorCode).toBe("");
});

test("a connection that failed stays what it is", () => {
  const failure = transport("reset");
  expect(readAnswer(reader, failure)).toBe(failure);
});

test("only the vendor's own status counts, and not found is 404 or 410", () => {
  expect(vendorStatus(response(404))).toBe(404);
  expect(vendorStatus(response(404, { author: "unclear" }))).toBe(404);
  expect(vendorStatus(response(404, { author: "stranger" }))).toBeNull();
  expect(vendorStatus(transport("reset"))).toBeNull();
  expect([404, 410, 403, 409, 200].map((status) => isNotFound(response(status)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(isNotFound(response(410, { author: "stranger" }))).toBe(false);
});

describe("a call", () => {
  const schema = z.object({ id: z.string() });
  async function calling(status: number, body: unknown) {
    const server = await serve((answer) => json(answer, status, body, { "retry-after": "5" }));
    const request = { method: "GET", path: "/things", headers: {} } as const;
    return call(connectionTo(server.baseUrl).http, reader, request, schema, "idempotent");
  }

  test("is the value of a success", async () => {
    expect(await calling(201, { success: true, data: { id: "client-1" } })).toMatchObject({
      ok: true,
      value: { id: "client-1" },
      answer: { status: 201 },
    });
  });

  test.each([{ success: true, data: {} }, { success: true }, { data: null }, [], "text", null])(
    "is no value where a success holds another one: %j",
    async (body) => {
      expect(await calling(200, body)).toMatchObject({ ok: false, answer: { status: 200 }, neededMs: null });
    },
  );

  test.each<[string, string, Record<string, string>]>([
    ["somebody's page", "<!DOCTYPE html><title>Log in</title>", { "content-type": "text/html" }],
    ["plain text", "OK", { "content-type": "text/plain" }],
    ["an error", '{"success":false,"error":{"code":"IN_USE"},"data":{"id":"client-1"}}', {}],
  ])("is no value where a success is %s", async (_, text, headers) => {
    const server = await serve((answer) => answer.writeHead(200, headers).end(text));
    const request = { method: "PATCH", path: "/things", headers: {} } as const;
    const { http } = connectionTo(server.baseUrl);
    for (const repeat of ["idempotent", "create"] as const) {
      expect(await call(http, reader, request, z.unknown(), repeat)).toMatchObject({ ok: false, neededMs: null });
    }
  });

  test("is no value where the body was cut, and none is a body that was left out", async () => {
    const server = await serve((answer, { path }) => {
      if (path === "/empty") answer.writeHead(204).end();
      else answer.writeHead(200, { "content-length": "100" }).end("{}").destroy();
    });
    const { http } = connectionTo(server.baseUrl);
    const get = (path: string) =>
      call(http, reader, { method: "GET", path, headers: {} }, z.unknown().optional(), "create");
    expect(await get("/cut")).toMatchObject({ ok: false });
    expect(await get("/empty")).toMatchObject({ ok: true, value: undefined });
  });

  test("is no value where an error holds one, and tells of a wait that the budget does not cover", async () => {
    expect(await calling(404, { data: { id: "client-1" } })).toMatchObject({ ok: false, neededMs: null });
    expect(await calling(429, {})).toMatchObject({ ok: false, answer: { status: 429 }, neededMs: 6_000 });
  });
});
