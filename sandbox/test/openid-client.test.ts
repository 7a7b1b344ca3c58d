import * as oidc from "openid-client";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../src/index.ts";
import { createNexusClient } from "./nexus-support.ts";
import { createClient, startTestSandbox } from "./support.ts";

const redirectUri = "https://portal.example.test/callback";

/** A client of each vendor that may do everything. */
const makers = {
  rezolve: (sandbox: Sandbox) =>
    createClient(sandbox, {
      redirectUris: [redirectUri],
      scopes: ["openid", "profile", "offline_access"],
    }),
  nexus: (sandbox: Sandbox) => createNexusClient(sandbox),
} as const;

/** What a program does that knows an issuer, and a client with its secret. */
async function discover(issuer: string, algorithm: "oidc" | "oauth2", clientId: string, secret: string | undefined) {
  return oidc.discovery(new URL(issuer), clientId, {}, oidc.ClientSecretBasic(secret), {
    algorithm,
    execute: [oidc.allowInsecureRequests],
  });
}

/** Where the browser is sent to, and back from. */
async function signIn(config: oidc.Configuration, parameters: Record<string, string>) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const asked = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    ...parameters,
  });
  const answer = await fetch(asked, { redirect: "manual" });
  return oidc.authorizationCodeGrant(config, new URL(answer.headers.get("location") ?? ""), {
    pkceCodeVerifier,
    expectedState,
  });
}

describe.each(["oidc", "oauth2"] as const)("With discovery by %s", (algorithm) => {
  describe.each(["rezolve", "nexus"] as const)("a program with a client of %s", (vendor) => {
    const start = async () => {
      const sandbox = await startTestSandbox();
      const client = await makers[vendor](sandbox);
      const config = await discover(sandbox.issuer, algorithm, client.clientId, client.clientSecret ?? undefined);
      return { sandbox, client, config };
    };

    it.each([
      ["openid offline_access", {}],
      ["openid offline_access", { prompt: "consent" }],
      ["openid offline_access", { prompt: "login" }],
      ["offline_access", {}],
      ["openid", {}],
    ])("signs in with the scope %s and %j, and refreshes with the same scope", async (scope, parameters) => {
      const { client, config, sandbox } = await start();

      const first = await signIn(config, { scope, ...parameters });
      const second = await oidc.refreshTokenGrant(config, first.refresh_token ?? "", { scope });
      const third = await oidc.refreshTokenGrant(config, second.refresh_token ?? "");

      expect([first.scope, second.scope, third.scope]).toStrictEqual([scope, scope, scope]);
      expect(first.claims()?.sub).toBe(scope.includes("openid") ? "user@example.test" : undefined);
      const about = await oidc.tokenIntrospection(config, third.access_token);
      expect(about).toMatchObject({ active: true, client_id: client.clientId, scope });
      await oidc.tokenRevocation(config, third.access_token);
      expect(await oidc.tokenIntrospection(config, third.access_token)).toMatchObject({ active: false });
      expect(sandbox.clients.remove(client.id).sessions).toBe(1);
    });

    it("gets tokens for itself, and none once it is deleted", async () => {
      const { client, config, sandbox } = await start();

      const { access_token: token } = await oidc.clientCredentialsGrant(config);
      sandbox.clients.remove(client.id);

      expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
      await expect(oidc.clientCredentialsGrant(config)).rejects.toMatchObject({
        cause: [{ parameters: { error: "invalid_client" } }],
      });
    });
  });

  it("is seen by the request log and by faults as the OAuth server's", async () => {
    const sandbox = await startTestSandbox();
    const fault = sandbox.faults.add({ match: { vendor: "oauth" }, effect: { kind: "respond", status: 503 } });
    const ask = () => discover(sandbox.issuer, algorithm, "any", "secret");

    await expect(ask()).rejects.toThrow();
    await ask();

    expect(fault.hits).toBe(1);
    expect(sandbox.requests.list({ vendor: "oauth" }).map(({ status }) => status)).toStrictEqual([503, 200]);
  });
});

describe("The scope offline_access", () => {
  it("is refused to a client that lacks it, with or without a prompt", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox, { redirectUris: [redirectUri], scopes: ["openid"] });
    const config = await discover(sandbox.issuer, "oidc", client.clientId, client.clientSecret);

    for (const prompt of [{}, { prompt: "consent" }]) {
      const refused = signIn(config, { scope: "openid offline_access", ...prompt });

      await expect(refused).rejects.toMatchObject({ error: "invalid_scope" });
    }
  });

  it("is left out where there can be no refresh token", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox, {
      redirectUris: [redirectUri],
      scopes: ["openid", "offline_access"],
      grantTypes: ["authorization_code"],
    });
    const config = await discover(sandbox.issuer, "oidc", client.clientId, client.clientSecret);

    const tokens = await signIn(config, { scope: "openid offline_access" });

    expect([tokens.scope, tokens.refresh_token]).toStrictEqual(["openid", undefined]);
  });
});
