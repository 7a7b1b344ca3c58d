import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { json, serve } from "../unit/server.ts";
import { connectionOf, rezolve, send } from "./support.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const EXPECTED = { "user-agent": `pulumi-oauth-clients/${version}`, "accept-encoding": "identity" };

afterEach(() => vi.unstubAllEnvs());

test("every request says which package and version sends it, those for tokens too", async () => {
  const server = await serve((answer, { path }) =>
    json(answer, 200, path === "/token" ? { access_token: "token-1", token_type: "bearer" } : {}),
  );
  const connection = connectionOf(rezolve, {
    REZOLVE_BASE_URL: server.baseUrl,
    REZOLVE_TOKEN_URL: `${server.baseUrl}/token`,
    REZOLVE_AUTH_CLIENT_ID: "ci",
    REZOLVE_AUTH_CLIENT_SECRET: "s3cr3t",
  });
  await send(connection);
  expect(server.requests).toMatchObject([
    { path: "/token", headers: EXPECTED },
    { path: "/things", headers: EXPECTED },
  ]);
});

test("so does what is built", async () => {
  const server = await serve((answer) => json(answer, 403, { success: false, error: { code: "FORBIDDEN" } }));
  vi.stubEnv("REZOLVE_BASE_URL", server.baseUrl);
  vi.stubEnv("REZOLVE_TOKEN", "token-1");
  const { createProvider } = await import("pulumi-oauth-clients/provider");
  const provider = createProvider(1);
  const state = { __kind: "rezolve:OAuthClient", tenantId: "tenant-1", name: "CI bot", baseUrl: server.baseUrl };
  await expect(provider.delete?.("client-1", state)).rejects.toThrow("HTTP 403");
  expect(server.requests).toMatchObject([{ headers: EXPECTED }]);
});
