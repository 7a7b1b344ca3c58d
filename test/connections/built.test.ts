import { createRequire } from "node:module";
import { createProvider } from "pulumi-oauth-clients/provider";
import { afterEach, expect, test, vi } from "vitest";
import { serveSockets } from "../unit/server.ts";
import { authority, files, serverCertificate } from "./certificates.ts";
import { serve, startProxy, type Texts } from "./support.ts";

// Other tests of connections have undici as it is installed. What is published has a part of it built in.

const HOST = "api.example.test";

afterEach(() => vi.unstubAllEnvs());

/** What a deletion fails with, over a connection of its own with these settings. */
async function failure(connection: string, settings: Texts, env: Texts = {}): Promise<string> {
  const all = { TOKEN: "token-1", RETRY_BUDGET_SECONDS: "0", ...settings };
  for (const [key, value] of Object.entries(all)) vi.stubEnv(`REZOLVE__${connection.toUpperCase()}__${key}`, value);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const baseUrl = settings.BASE_URL;
  const state = { __kind: "rezolve:OAuthClient", connection, tenantId: "tenant-1", name: "CI bot", baseUrl };
  const error = await createProvider(1)
    .delete?.("client-1", state)
    .catch((thrown: unknown) => thrown);
  return error instanceof Error ? error.message : "nothing";
}

test("what is built is one module for import and for require", () => {
  expect(createRequire(import.meta.url)("pulumi-oauth-clients/provider").createProvider).toBe(createProvider);
});

test("what is built goes through a proxy to a server of a private CA, and says when the proxy lets nothing through", async () => {
  const ca = await authority("Private CA");
  const { caFile } = files({ caFile: ca.cert });
  const server = await serve(
    (_request, response) => {
      response.writeHead(403, { "content-type": "application/json" });
      response.end('{"success":false,"error":{"code":"FORBIDDEN","message":"not yours"}}');
    },
    await serverCertificate(ca, { host: HOST }),
  );
  const settings = { BASE_URL: `https://${HOST}`, CA_CERT_FILE: caFile };
  const proxy = await startProxy(Number(new URL(server).port));
  const forbidden = await failure("tunnel", settings, { HTTPS_PROXY: `http://user:word@${proxy.host}` });
  expect(forbidden).toContain("HTTP 403");
  expect(proxy.asked).toEqual([`CONNECT ${HOST}:443`]);
  expect(proxy.authorizations).toEqual([`Basic ${Buffer.from("user:word").toString("base64")}`]);

  const closed = await startProxy(0, 407);
  const refused = await failure("closed", settings, { HTTPS_PROXY: `http://${closed.host}` });
  expect(refused).toContain(`refused the way to https://${HOST} (HTTP 407)`);

  const plain = { BASE_URL: `http://${HOST}`, ALLOW_INSECURE_HTTP: "true" };
  expect(await failure("plain", plain, { HTTP_PROXY: `http://${proxy.host}` })).toBe("nothing");
  expect(proxy.asked).toContain(`DELETE http://${HOST}/api/v1/oauth-clients/client-1`);
});

test.each([
  ["resets", "ended before the response came", (socket: { destroy(): void }) => socket.destroy()],
  ["says nothing", "did not answer within 0.3 s", () => {}],
  [
    "speaks no HTTP",
    "ended before the response came",
    (socket: { end(text: string): void }) => socket.end("SSH-2.0\r\n"),
  ],
])("what is built tells that a server %s", async (what, words, connected) => {
  const { baseUrl } = await serveSockets((socket) => socket.once("data", () => connected(socket)));
  const connection = what.replaceAll(" ", "").toLowerCase();
  expect(await failure(connection, { BASE_URL: baseUrl, TIMEOUT_SECONDS: "0.3" })).toContain(words);
});
