import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyAnswer, anyStatus, response, SUBJECT, transport } from "../../test/unit/facts.ts";
import type { Answer } from "./answer.ts";
import { describeError, type ErrorCode } from "./errors.ts";
import { failureOf, saying } from "./failure.ts";
import { say } from "./text.ts";

describe("the error for", () => {
  const table: [what: string, answer: Answer, code: ErrorCode][] = [
    ["200 with another body", response(200), "response-invalid"],
    ["301", response(301), "vendor-refused"],
    ["400", response(400), "vendor-refused"],
    ["401", response(401), "credentials-rejected"],
    ["403", response(403), "permission-missing"],
    ["404", response(404), "vendor-refused"],
    ["405", response(405), "vendor-refused"],
    ["409", response(409), "vendor-refused"],
    ["422", response(422), "vendor-refused"],
    ["429", response(429), "rate-limited"],
    ["a proxy's 429", response(429, { author: "stranger" }), "rate-limited"],
    ["500", response(500), "vendor-unavailable"],
    ["503", response(503), "vendor-unavailable"],
    ["a proxy's 200", response(200, { author: "stranger" }), "not-the-vendor"],
    ["a proxy's 401", response(401, { author: "stranger" }), "not-the-vendor"],
    ["a proxy's 404", response(404, { author: "stranger" }), "not-the-vendor"],
    ["a proxy's 502", response(502, { author: "stranger" }), "not-the-vendor"],
    ["a refused connection", transport("connect"), "vendor-unavailable"],
    ["a bad certificate", transport("tls"), "vendor-unavailable"],
    ["an abort", transport("aborted"), "interrupted"],
  ];
  test.each(table)("%s", (_what, answer, code) => {
    const error = failureOf(answer, SUBJECT);
    expect(error.code).toBe(code);
    expect(error.message).toContain(
      'Cannot delete OAuth client "CI bot" (client-1) in tenant tenant-1, realm acme-realm: ',
    );
    if (answer.kind === "response") expect(error.message).toContain(`HTTP ${answer.status}`);
    else expect(error.message).toContain(String(answer.message));
  });
});

describe("what to do next", () => {
  const settings = [SUBJECT.baseUrl, String(SUBJECT.credentialSource), 'Connection "eu"'];
  test.each<[string, Answer, string[]]>([
    [
      "after a 401: the credential, where it came from, where a new one goes",
      response(401),
      [...settings, String(SUBJECT.whenRefused(null))],
    ],
    ["after a 403: the missing permission and who lacks it", response(403), [...settings, SUBJECT.permission]],
    ["after a 404 that means no client: the base URL", response(404), [...settings, "base URL"]],
    ["after a redirect: the base URL", response(302), [...settings, "redirect"]],
    [
      "after a stranger's page: the base URL and the proxy",
      response(404, { author: "stranger" }),
      [...settings, "proxy"],
    ],
    ["after a success that is none: the base URL", response(200), [...settings, "base URL"]],
    ["after no response: the address", transport("dns"), [...settings, "reachable"]],
    ["after a 429: patience or a larger budget", response(429), ["later", "retryBudgetSeconds"]],
    ["after a 500: run it again", response(500), ["again"]],
  ])("%s", (_what, answer, parts) => {
    const hint = String(failureOf(answer, SUBJECT).hint);
    for (const part of parts) expect(hint).toContain(part);
  });
});

describe("an answer that somebody on the way may have written", () => {
  const via = say`the proxy P (the environment variable HTTP_PROXY)`;

  test.each([403, 404, 502, 503])("names the proxy that it came through (%d)", (status) => {
    for (const author of ["stranger", "unclear"] as const) {
      expect(failureOf(response(status, { author, via }), SUBJECT).message).toContain(`through ${via}`);
    }
  });

  test("names none where the vendor wrote it", () => {
    expect(failureOf(response(502, { author: "vendor", via }), SUBJECT).message).not.toContain("the proxy P");
  });

  test("quotes the page, and knows one about certificates", () => {
    const answer = response(400, { author: "stranger", words: "400 No required SSL certificate was sent" });
    const error = failureOf(answer, SUBJECT);
    expect(error.message).toContain('somebody else\'s page, "400 No required SSL certificate was sent"');
    expect(String(error.hint)).toContain("clientCertFile");
  });
});

test("an answer of which only a part came is called so, and not somebody else's", () => {
  const error = failureOf(response(200, { author: "unclear", complete: false }), SUBJECT);
  expect(error.code).toBe("response-invalid");
  expect(error.message).toContain("only a part of the response (HTTP 200) arrived");
  expect(String(error.hint)).not.toContain("base URL");
});

test("a wait that the budget does not cover is named in seconds, rounded up", () => {
  expect(failureOf(response(429), SUBJECT, 61_001).message).toContain("asks to wait 62 s");
  expect(failureOf(response(429), SUBJECT).message).toContain("kept refusing");
});

describe("the vendor's own words", () => {
  test.each([
    [{}, ""],
    [{ vendorCode: "A_CODE" }, ", A_CODE"],
    [{ words: "No such client" }, ', "No such client"'],
    [{ vendorCode: "A_CODE", words: "No such client" }, ', A_CODE: "No such client"'],
    [{ vendorCode: "", words: null }, ""],
  ])("%j", (said, text) => {
    expect(String(saying(response(404, said)))).toBe(text);
  });

  test.each([400, 401, 403, 404, 429, 500])("stand in the message after a %i", (status) => {
    const answer = response(status, { vendorCode: "A_CODE", words: "The reason why" });
    expect(failureOf(answer, SUBJECT).message).toContain('A_CODE: "The reason why"');
  });

  test("are one short line, however long and evil they are", () => {
    fc.assert(
      fc.property(anyStatus, fc.string({ unit: "binary", maxLength: 2_000 }), (status, evil) => {
        const text = String(describeError(failureOf(response(status, { words: evil, vendorCode: evil }), SUBJECT)));
        expect(text).not.toMatch(/[\r\n\u2028\u2029]/);
        expect(text.length).toBeLessThan(1_200);
      }),
    );
  });
});

test("a body is never part of an error", () => {
  fc.assert(
    fc.property(anyAnswer, (answer) => {
      const body = { data: { clientSecret: "body-dump-marker" }, text: "body-dump-marker" };
      const given = answer.kind === "response" ? { ...answer, body } : answer;
      expect(String(describeError(failureOf(given, SUBJECT)))).not.toContain("body-dump-marker");
    }),
  );
});
