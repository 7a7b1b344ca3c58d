import { execFile, spawn, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../../tools/free-port.ts";
import { authority, clientCertificate, files, type KeyPair, serverCertificate } from "./certificates.ts";
import { connectionOf, refused, rezolve, send, serve, type Texts } from "./support.ts";
import { startTokenServer } from "./token-server.ts";

const ok = (_request: unknown, response: { end(text: string): void }) => response.end("{}");

const execute = promisify(execFile);

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

let ca: KeyPair;
let stranger: KeyPair;
beforeAll(async () => {
  [ca, stranger] = await Promise.all([authority("Private CA"), authority("Another CA")]);
});

afterEach(() => vi.unstubAllEnvs());

function connect(baseUrl: string, env: Texts = {}) {
  return connectionOf(rezolve, {
    REZOLVE_BASE_URL: baseUrl,
    REZOLVE_TOKEN: "token-1",
    REZOLVE_RETRY_BUDGET_SECONDS: "0",
    ...env,
  });
}

async function tlsMessage(baseUrl: string, env: Texts = {}): Promise<string> {
  const answer = await send(connect(baseUrl, env));
  expect(answer).toMatchObject({ kind: "transport", reason: "tls", maybeCarriedOut: false });
  return answer.kind === "transport" ? String(answer.message) : "";
}

describe("a server with a certificate of a private CA", () => {
  test("is trusted with the right caCertFile, also in a file with other certificates", async () => {
    const baseUrl = await serve(ok, await serverCertificate(ca));
    const { bundle } = files({ bundle: `# ours\n${stranger.cert}\n${ca.cert}\n` });
    expect(await send(connect(baseUrl, { REZOLVE_CA_CERT_FILE: bundle }))).toMatchObject({ status: 200 });
  });

  test("is trusted beside what OpenSSL trusts, where Node.js leaves that to it", async () => {
    const { caFile, opensslFile } = files({ caFile: ca.cert, opensslFile: stranger.cert });
    const urls = [await serve(ok, await serverCertificate(ca)), await serve(ok, await serverCertificate(stranger))];
    const program = `
      import { loadTls } from ${JSON.stringify(new URL("../../src/http/tls.ts", import.meta.url).href)};
      import { get } from "node:https";
      const none = { path: null, named: "" };
      const caCertFile = { path: ${JSON.stringify(caFile)}, named: "" };
      const { context } = loadTls({ caCertFile, clientCertFile: none, clientKeyFile: none });
      for (const url of ${JSON.stringify(urls)}) {
        await new Promise((done) =>
          get(url, { secureContext: context }, (answer) => done(console.log(answer.statusCode)))
            .on("error", (error) => done(console.log(error.code))));
      }
      process.exit();`;
    const env = { ...process.env, NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_FILE: opensslFile };
    const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", program], { env });
    expect(stdout).toBe("200\n200\n");
  });

  test("is not trusted without, and the message says how to set caCertFile", async () => {
    const message = await tlsMessage(await serve(ok, await serverCertificate(ca)));
    expect(message).toContain("does not trust the issuer of the server's certificate");
    expect(message).toContain("set caCertFile (REZOLVE_CA_CERT_FILE in the environment or rezolve:caCertFile");
  });

  test("is not trusted with a wrong one, and the message says which setting to look at", async () => {
    const { wrong } = files({ wrong: stranger.cert });
    const message = await tlsMessage(await serve(ok, await serverCertificate(ca)), { REZOLVE_CA_CERT_FILE: wrong });
    expect(message).toContain(
      "no certificate in caCertFile (the environment variable REZOLVE_CA_CERT_FILE) is the issuer of the server's",
    );
  });

  test("is not trusted with an expired certificate, which is not the CA's fault", async () => {
    const { caFile } = files({ caFile: ca.cert });
    const baseUrl = await serve(ok, await serverCertificate(ca, { expired: true }));
    const message = await tlsMessage(baseUrl, { REZOLVE_CA_CERT_FILE: caFile });
    expect(message).toContain("has expired");
    expect(message).not.toContain("caCertFile");
  });

  describe("where the environment turns verification off", () => {
    const off = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const said = "NODE_TLS_REJECT_UNAUTHORIZED=0 does not count here";
    beforeEach(() => void vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0"));

    test("is not trusted, and the message says so", async () => {
      expect(await tlsMessage(await serve(ok, await serverCertificate(ca)), off)).toContain(said);
    });

    test("is not trusted as a token endpoint either", async () => {
      const { tokenUrl, tokenRequests } = await startTokenServer({ tls: await serverCertificate(ca) });
      const answer = await send(
        connectionOf(rezolve, {
          REZOLVE_BASE_URL: "https://api.example.test",
          REZOLVE_TOKEN_URL: tokenUrl,
          REZOLVE_AUTH_CLIENT_ID: "ci",
          REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t",
          ...off,
        }),
      );
      expect(answer.kind === "transport" && String(answer.message)).toContain(said);
      expect(tokenRequests).toEqual([]);
    });

    test("is not trusted as a proxy either", async () => {
      const proxy = await serve(ok, await serverCertificate(ca));
      const answer = await send(connect("https://api.example.test", { HTTPS_PROXY: proxy, ...off }));
      expect(answer).toMatchObject({ kind: "transport", reason: "proxy", maybeCarriedOut: false });
      expect(answer.kind === "transport" && String(answer.message)).toContain(said);
    });
  });

  test("is not trusted under another host name, and the message says to check baseUrl", async () => {
    const { caFile } = files({ caFile: ca.cert });
    const baseUrl = await serve(ok, await serverCertificate(ca, { host: "api.example.test" }));
    expect(await tlsMessage(baseUrl, { REZOLVE_CA_CERT_FILE: caFile })).toContain("another host name; check baseUrl");
  });
});

describe("a server that wants a client certificate", () => {
  async function start(versions: { maxVersion?: "TLSv1.2" } = {}): Promise<string> {
    const pair = await serverCertificate(ca);
    return serve(ok, { ...pair, ca: ca.cert, requestCert: true, rejectUnauthorized: true, ...versions });
  }

  test.each([{}, { maxVersion: "TLSv1.2" as const }])("gets it (%j)", async (versions) => {
    const pair = await clientCertificate(ca);
    const { caFile, cert, key } = files({ caFile: ca.cert, ...pair });
    const env = { REZOLVE_CA_CERT_FILE: caFile, REZOLVE_CLIENT_CERT_FILE: cert, REZOLVE_CLIENT_KEY_FILE: key };
    expect(await send(connect(await start(versions), env))).toMatchObject({ status: 200 });
  });

  test.each([{}, { maxVersion: "TLSv1.2" as const }])(
    "and gets none answers nothing, and the message names clientCertFile (%j)",
    async (versions) => {
      const { caFile } = files({ caFile: ca.cert });
      const answer = await send(connect(await start(versions), { REZOLVE_CA_CERT_FILE: caFile }));
      expect(answer.kind).toBe("transport");
      expect(answer.kind === "transport" && String(answer.message)).toContain(
        "clientCertFile (REZOLVE_CLIENT_CERT_FILE in the environment or rezolve:clientCertFile in the stack config)",
      );
    },
  );

  test.skipIf(!hasOpenssl)(
    "and says so in TLS 1.3, after the connection was made, has not carried the request out",
    async () => {
      const { caFile, cert, key } = files({ caFile: ca.cert, ...(await serverCertificate(ca)) });
      const baseUrl = await alertingServer(cert, key);
      const message = await tlsMessage(baseUrl, { REZOLVE_CA_CERT_FILE: caFile });
      expect(message).toContain("ALERT_CERTIFICATE_REQUIRED");
      expect(message).toContain("the server wants a client certificate; set clientCertFile (REZOLVE_CLIENT_CERT_FILE");
    },
  );

  test("and gets somebody else's answers nothing, and the message names where it came from", async () => {
    const pair = await clientCertificate(stranger);
    const { caFile, cert, key } = files({ caFile: ca.cert, ...pair });
    const env = { REZOLVE_CA_CERT_FILE: caFile, REZOLVE_CLIENT_CERT_FILE: cert, REZOLVE_CLIENT_KEY_FILE: key };
    const answer = await send(connect(await start(), env));
    expect(answer.kind).toBe("transport");
    expect(answer.kind === "transport" && String(answer.message)).toContain(
      "check clientCertFile (the environment variable REZOLVE_CLIENT_CERT_FILE)",
    );
  });
});

/** OpenSSL's own server: Node's closes such a connection without the alert that other servers send. */
async function alertingServer(cert: string, key: string): Promise<string> {
  const port = await freePort();
  const args = [
    "s_server",
    "-accept",
    `127.0.0.1:${port}`,
    "-cert",
    cert,
    "-key",
    key,
    "-Verify",
    "1",
    "-tls1_3",
    "-www",
  ];
  const server = spawn("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void server.kill());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.stdout.on("data", (part: Buffer) => part.toString().includes("ACCEPT") && resolve());
  });
  return `https://127.0.0.1:${port}`;
}

describe("files that cannot work are refused before anything is sent, by setting and source", () => {
  const base = { REZOLVE_BASE_URL: "https://api.example.test", REZOLVE_TOKEN: "token-1" };
  const refusals = (env: Texts) => refused(() => connectionOf(rezolve, { ...base, ...env }));

  test("a file that is missing", () => {
    const [problem, ...more] = refusals({ REZOLVE_CA_CERT_FILE: "/nowhere/ca.pem" });
    expect(problem).toContain("/nowhere/ca.pem of caCertFile (the environment variable REZOLVE_CA_CERT_FILE)");
    expect(problem).toContain("ENOENT");
    expect(more).toEqual([]);
  });

  test.each([
    ["not PEM at all", "s3cr3t-text"],
    ["a broken certificate", "-----BEGIN CERTIFICATE-----\ns3cr3t-text\n-----END CERTIFICATE-----\n"],
    ["empty", ""],
  ])("a CA file that is %s", (_what, text) => {
    const { caFile } = files({ caFile: text });
    const [problem = "", ...more] = refusals({ REZOLVE_CA_CERT_FILE: caFile });
    expect(problem).toContain("caCertFile (the environment variable REZOLVE_CA_CERT_FILE) is not a certificate in PEM");
    expect(problem).not.toContain("s3cr3t");
    expect(more).toEqual([]);
  });

  test("a client certificate without its key, and a key without its certificate", async () => {
    const { cert, key } = files(await clientCertificate(ca));
    expect(refusals({ REZOLVE_CLIENT_CERT_FILE: cert })).toEqual([
      expect.stringMatching(/only part of a client certificate: .*REZOLVE_CLIENT_CERT_FILE.* needs clientKeyFile/),
    ]);
    expect(refusals({ REZOLVE_CLIENT_KEY_FILE: key })).toEqual([
      expect.stringMatching(/only part of a client certificate: .*REZOLVE_CLIENT_KEY_FILE.* needs clientCertFile/),
    ]);
  });

  test("a key that belongs to another certificate, or is none", async () => {
    const [own, other] = await Promise.all([clientCertificate(ca), clientCertificate(ca)]);
    const { cert, wrong, none } = files({ cert: own.cert, wrong: other.key, none: "no key" });
    for (const key of [wrong, none]) {
      const [problem, ...more] = refusals({ REZOLVE_CLIENT_CERT_FILE: cert, REZOLVE_CLIENT_KEY_FILE: key });
      expect(problem).toContain(
        "clientKeyFile (the environment variable REZOLVE_CLIENT_KEY_FILE) is not the private key",
      );
      expect(more).toEqual([]);
    }
  });
});
