import { renameSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import type { Vendor } from "../../src/vendors/vendor.ts";
import { files } from "./certificates.ts";
import { connectionOf, DELETE, nexus, problemsOf, refused, rezolve, send, serve, type Texts } from "./support.ts";
import { sendJson, startTokenServer } from "./token-server.ts";

const BASE = { REZOLVE_BASE_URL: "https://api.example.test", NEXUS_BASE_URL: "https://api.example.test" };

/** The headers that arrive with these settings. */
async function arrive(vendor: Vendor, env: Texts, config: Texts = {}): Promise<IncomingHttpHeaders> {
  let headers: IncomingHttpHeaders = {};
  const baseUrl = await serve((request, response) => {
    headers = request.headers;
    response.end("{}");
  });
  const connection = connectionOf(vendor, { ...env, [`${vendor.name.toUpperCase()}_BASE_URL`]: baseUrl }, { config });
  expect(await send(connection)).toMatchObject({ status: 200 });
  return headers;
}

describe("Nexus takes each alternative alone", () => {
  test("a bearer token and an application token", async () => {
    expect(await arrive(nexus, { NEXUS_TOKEN: "a-token", NEXUS_APPLICATION_TOKEN: "an app token" })).toMatchObject({
      authorization: "Bearer a-token",
      applicationtoken: "an app token",
    });
  });

  test("an application token in a header of another name", async () => {
    const headers = await arrive(nexus, {
      NEXUS_TOKEN: "a-token",
      NEXUS_APPLICATION_TOKEN: "app-token",
      NEXUS_APPLICATION_TOKEN_HEADER: "X-Application",
    });
    expect(headers).toMatchObject({ authorization: "Bearer a-token", "x-application": "app-token" });
    expect(headers).not.toHaveProperty("applicationtoken");
  });

  test("a token in a file and an application token", async () => {
    const { token } = files({ token: "from-file\n" });
    expect(await arrive(nexus, { NEXUS_TOKEN_FILE: token, NEXUS_APPLICATION_TOKEN: "app-token" })).toMatchObject({
      authorization: "Bearer from-file",
      applicationtoken: "app-token",
    });
  });

  test("client credentials and an application token, which the token endpoint does not get", async () => {
    const server = await startTokenServer();
    const headers = await arrive(nexus, {
      NEXUS_TOKEN_URL: server.tokenUrl,
      NEXUS_AUTH_CLIENT_ID: "ci",
      NEXUS_AUTH_CLIENT_SECRET: "s3cr3t",
      NEXUS_APPLICATION_TOKEN: "app-token",
    });
    expect(headers).toMatchObject({ authorization: "Bearer token-1", applicationtoken: "app-token" });
    expect(server.tokenRequests).toHaveLength(1);
  });

  test("a user name and a password, in UTF-8", async () => {
    const headers = await arrive(nexus, { NEXUS_USERNAME: "ci", NEXUS_PASSWORD: "pä:ss" });
    expect(headers.authorization).toBe(`Basic ${Buffer.from("ci:pä:ss").toString("base64")}`);
    expect(headers).not.toHaveProperty("applicationtoken");
  });

  test("and keeps every secret out of messages", () => {
    const env = { ...BASE, NEXUS_USERNAME: "ci", NEXUS_PASSWORD: "pass-word-1" };
    const { redactor, http } = connectionOf(nexus, env);
    const encoded = Buffer.from("ci:pass-word-1").toString("base64");
    expect(redactor.redact(`${encoded} pass-word-1`)).toBe("[redacted] [redacted]");
    expect(String(http.credential.source)).toBe(
      "the username from the environment variable NEXUS_USERNAME and the password from the environment variable NEXUS_PASSWORD",
    );
  });
});

describe("a credential that is refused is replaced where it came from", () => {
  const advice = (vendor: Vendor, env: Texts, config: Texts = {}) =>
    String(connectionOf(vendor, { ...BASE, ...env }, { config }).http.credential.whenRefused(null));

  test("in the environment", () => {
    expect(advice(rezolve, { REZOLVE_TOKEN: "t" })).toBe(
      "Put a valid token into REZOLVE_TOKEN, then run the command again.",
    );
  });

  test("not in the stack config, which a destroy does not read again", () => {
    const said = advice(rezolve, {}, { "rezolve:token": "t" });
    expect(said).toContain("into the environment (REZOLVE_TOKEN: it wins over stack config");
  });

  test("in its file", () => {
    const { token } = files({ token: "from-file\n" });
    const said = advice(rezolve, { REZOLVE_TOKEN_FILE: token });
    expect(said).toContain("write a valid token into it");
    expect(said).not.toContain("environment");
  });

  test("by other rights, where it was issued a moment ago", () => {
    const said = advice(rezolve, {
      REZOLVE_TOKEN_URL: "https://auth.example.test/token",
      REZOLVE_AUTH_CLIENT_ID: "ci",
      REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t",
    });
    expect(said).toContain("check what authClientId (the environment variable REZOLVE_AUTH_CLIENT_ID) may do there");
    expect(said).toContain("authScope (");
  });

  test("one by one, where there are two", () => {
    const { token } = files({ token: "from-file\n" });
    const said = advice(nexus, { NEXUS_TOKEN_FILE: token, NEXUS_APPLICATION_TOKEN: "a" });
    expect(said).toMatch(/write a valid token into it.*Put a valid applicationToken into NEXUS_APPLICATION_TOKEN/);
  });
});

test("of two credentials, the one that the vendor's words name comes first", () => {
  const { token } = files({ token: "from-file\n" });
  const env = { ...BASE, NEXUS_TOKEN_FILE: token, NEXUS_APPLICATION_TOKEN: "a" };
  const { credential } = connectionOf(nexus, env).http;
  expect(String(credential.whenRefused("The application token is not valid."))).toBe(
    `Put a valid applicationToken into NEXUS_APPLICATION_TOKEN, then run the command again. If that one is valid: Nothing else stands in the file ${token}: write a valid token into it, then run the command again.`,
  );
  expect(String(credential.whenRefused("Unauthorized."))).toMatch(
    /^Nothing else stands .* Put a valid applicationToken/,
  );
});

describe("a credential that is not one is a problem that says what is missing or too much", () => {
  test.each<[string, Vendor, Texts, RegExp]>([
    ["none", nexus, {}, /has no credentials: set NEXUS_TOKEN .* and NEXUS_APPLICATION_TOKEN .*username with password/],
    [
      "none",
      rezolve,
      {},
      /has no credentials: set REZOLVE_TOKEN in the environment .*tokenFile.*tokenUrl with authClientId and authClientSecret/,
    ],
    ["half", nexus, { NEXUS_TOKEN: "t" }, /only part .* token \(.*NEXUS_TOKEN\) it needs applicationToken\./],
    ["half", nexus, { NEXUS_APPLICATION_TOKEN: "t" }, /only part .* it needs token, or tokenFile, or tokenUrl with/],
    ["half", nexus, { NEXUS_USERNAME: "u" }, /only part .* it needs password\. .*set NEXUS_PASSWORD/],
    ["half", rezolve, { REZOLVE_TOKEN_URL: "https://a.example.test" }, /needs authClientId with authClientSecret/],
    ["both", nexus, { NEXUS_TOKEN: "t", NEXUS_USERNAME: "u" }, /two credentials: token .* and username/],
    [
      "both",
      nexus,
      { NEXUS_TOKEN: "t", NEXUS_APPLICATION_TOKEN: "a", NEXUS_USERNAME: "u", NEXUS_PASSWORD: "p" },
      /two credentials/,
    ],
    ["both", rezolve, { REZOLVE_TOKEN: "t", REZOLVE_TOKEN_FILE: "f" }, /two credentials: token .* and tokenFile/],
  ])("%s (%#)", (_what, vendor, env, expected) => {
    const problems = problemsOf(vendor, { ...BASE, ...env });
    expect(problems).toEqual([expect.stringMatching(expected)]);
  });

  test.each<[string, Texts, string]>([
    ["a header that nobody may set", { NEXUS_APPLICATION_TOKEN_HEADER: "Authorization" }, "applicationTokenHeader"],
    ["a header that is no name", { NEXUS_APPLICATION_TOKEN_HEADER: "a b" }, "applicationTokenHeader"],
  ])("%s", (_what, env, key) => {
    const problems = problemsOf(nexus, { ...BASE, NEXUS_TOKEN: "t", NEXUS_APPLICATION_TOKEN: "a", ...env });
    expect(problems).toEqual([expect.stringContaining(`${key} (the environment variable NEXUS_`)]);
  });

  test.each<[string, Texts]>([
    ["a password with a line break", { NEXUS_USERNAME: "u", NEXUS_PASSWORD: "s3cr3t\n" }],
    ["a user name with a colon", { NEXUS_USERNAME: "u:v", NEXUS_PASSWORD: "s3cr3t" }],
    ["an application token with a line break", { NEXUS_TOKEN: "t", NEXUS_APPLICATION_TOKEN: "s3cr3t\nx: y" }],
    ["a token that is a document", { NEXUS_TOKEN: '{"a":"s3cr3t"}', NEXUS_APPLICATION_TOKEN: "a" }],
  ])("%s", (_what, env) => {
    const problems = refused(() => connectionOf(nexus, { ...BASE, ...env }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("the environment variable NEXUS_");
    expect(problems[0]).not.toContain("s3cr3t");
  });
});

describe("what the environment chooses counts", () => {
  test("and stack config's other choice is left alone, however complete", async () => {
    const config = { "nexus:token": "old", "nexus:applicationToken": "old-app" };
    const headers = await arrive(nexus, { NEXUS_USERNAME: "u", NEXUS_PASSWORD: "p" }, config);
    expect(headers.authorization).toMatch(/^Basic /);
    expect(headers).not.toHaveProperty("applicationtoken");
  });

  test("completed by stack config with what belongs to it", async () => {
    const config = { "nexus:applicationToken": "app-of-config", "nexus:tokenFile": "/nowhere" };
    expect(await arrive(nexus, { NEXUS_TOKEN: "new" }, config)).toMatchObject({
      authorization: "Bearer new",
      applicationtoken: "app-of-config",
    });
  });

  test("and is not mended with another choice of stack config's", () => {
    const config = { "nexus:username": "u", "nexus:password": "p" };
    expect(problemsOf(nexus, { ...BASE, NEXUS_TOKEN: "t" }, config)).toEqual([
      expect.stringContaining("it needs applicationToken"),
    ]);
  });
});

describe("a token endpoint's address", () => {
  const rest = { REZOLVE_AUTH_CLIENT_ID: "ci", REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t" };
  test.each(["http://auth.example.test/token", "https://u:p@auth.example.test", "ftp://auth.example.test", "nonsense"])(
    "has to be as the API's has: not %s",
    (url) => {
      expect(problemsOf(rezolve, { ...BASE, ...rest, REZOLVE_TOKEN_URL: url })).toEqual([
        expect.stringContaining("tokenUrl (the environment variable REZOLVE_TOKEN_URL)"),
      ]);
    },
  );
});

describe("a token file", () => {
  test("that is replaced in the middle of a run is read again: nothing fails", async () => {
    const { token } = files({ token: "first" });
    const good = new Set(["Bearer first"]);
    const baseUrl = await serve((request, response) => {
      setTimeout(() => sendJson(response, good.has(request.headers.authorization ?? "") ? 200 : 401, {}), 10);
    });
    const connection = connectionOf(rezolve, { REZOLVE_BASE_URL: baseUrl, REZOLVE_TOKEN_FILE: token });
    const deletes = Array.from({ length: 50 }, () => send(connection, DELETE));
    // As Kubernetes does: another file takes the place of the old one.
    writeFileSync(`${token}.next`, "second");
    renameSync(`${token}.next`, token);
    good.clear();
    good.add("Bearer second");
    const answers = await Promise.all(deletes);
    expect(new Set(answers.map((answer) => (answer.kind === "response" ? answer.status : answer.message)))).toEqual(
      new Set([200]),
    );
  });
});
