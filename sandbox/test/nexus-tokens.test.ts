import { describe, expect, it } from "vitest";
import { type ClientCredentials, type Sandbox, sandboxPassword, startSandbox } from "../src/index.ts";
import { basic, clientsPath, createNexusClient, fullBody, listed, nexus } from "./nexus-support.ts";
import {
  createClient,
  refusal,
  type Storage,
  sandboxFor,
  startTestSandbox,
  storages,
  temporaryDirectory,
} from "./support.ts";

const remove = (sandbox: Sandbox, id: string) => nexus(sandbox, "DELETE", clientsPath(sandbox, id));

describe.each(storages)("Tokens of a Nexus client, kept in %s", (storage: Storage) => {
  it("are given for its id and secret, and die with it", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox, {
      app_type: "non_interactive",
      grant_types: null,
      callbacks: null,
    });

    const token = await sandbox.issueToken(client);
    await sandbox.issueToken(client);

    expect(await sandbox.introspect(token)).toMatchObject({ active: true, client_id: client.id });
    expect(sandbox.clients.activity(client.id)).toStrictEqual({ tokens: 2, sessions: 0 });
    const { body, status } = await remove(sandbox, client.id);
    expect([status, body]).toStrictEqual([204, undefined]);
    expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ status: 401, oauthError: "invalid_client" });
  });

  it("of a user die with it, together with the session", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const other = await createNexusClient(sandbox);
    const person = await sandbox.signIn(client, "ada@example.test");
    const elsewhere = await sandbox.signIn(other, "ada@example.test");

    expect(person.idToken).toEqual(expect.any(String));
    expect(sandbox.clients.activity(client.id)).toStrictEqual({ tokens: 2, sessions: 1 });
    await remove(sandbox, client.id);

    expect(await sandbox.introspect(person.accessToken)).toStrictEqual({ active: false });
    expect(await sandbox.introspect(person.refreshToken ?? "")).toStrictEqual({ active: false });
    expect(await sandbox.introspect(elsewhere.accessToken)).toMatchObject({ active: true });
    expect(sandbox.clients.activity(other.id)).toStrictEqual({ tokens: 2, sessions: 1 });
  });

  it("survive a deletion that is refused", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const token = await sandbox.issueToken(client);

    const answer = await nexus(sandbox, "DELETE", clientsPath(sandbox, client.id), {
      token: { user: { id: "u-9" }, permissions: ["client.write"] },
    });

    expect(answer.status).toBe(403);
    expect(await sandbox.introspect(token)).toMatchObject({ active: true });
  });

  it("are refused for another client's secret", async () => {
    const sandbox = await sandboxFor(storage);
    const [one, two] = [await createNexusClient(sandbox), await createNexusClient(sandbox)];

    const stolen = await refusal(sandbox.issueToken({ clientId: one.id, clientSecret: two.clientSecret }));

    expect(stolen).toMatchObject({ status: 401, oauthError: "invalid_client" });
  });

  it("come for the new callbacks after a patch, and no longer for the old ones", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createNexusClient(sandbox);
    const callbackUrls = ["https://new.example.test/cb"];
    await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: { callbackUrls } });

    const [redirectUri] = fullBody.callbacks;
    expect(await refusal(sandbox.signIn(client, "a@example.test", { redirectUri }))).toMatchObject({
      code: "oauth-refused",
    });
    await expect(sandbox.signIn(client, "a@example.test")).resolves.toMatchObject({ user: "a@example.test" });
  });

  it("live as long as the sandbox's settings say at its creation", async () => {
    const tokenSettings = { accessTokenLifetime: 60, refreshTokenLifetime: 120 };
    const sandbox = await sandboxFor(storage, { settings: { tokenSettings } });
    const client = await createNexusClient(sandbox);

    expect((await sandbox.signIn(client)).expiresIn).toBe(60);
    expect(await listed(sandbox, client.id)).toMatchObject({
      idTokenExpiration: 3600,
      refreshTokenAbsoluteLifetime: 120,
    });
  });
});

describe("Grants of a Nexus client", () => {
  const foreign = ["http://auth0.com/oauth/grant-type/mfa-oob", "urn:ietf:params:oauth:grant-type:device_code", "x"];

  it("that the OAuth server does not know are no obstacle to the others", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox, { grant_types: [...foreign, "client_credentials"] });

    await expect(sandbox.issueToken(client)).resolves.toEqual(expect.any(String));
  });

  it.each([[["authorization_code"]], [foreign], [[]]])("%j give no token by client credentials", async (grants) => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox, { grant_types: grants });

    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ status: 400, oauthError: "invalid_request" });
  });

  it("may be the legacy password", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox, { grant_types: ["password"] });

    const response = await fetch(sandbox.tokenUrl, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "password",
        username: "ada@example.test",
        password: sandboxPassword,
        client_id: client.id,
        client_secret: client.clientSecret ?? "",
      }),
    });

    expect([response.status, sandbox.clients.activity(client.id).tokens]).toStrictEqual([200, 1]);
  });

  it("of a public client need no secret, and never include client credentials", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox, { app_type: "spa" });

    const person = await sandbox.signIn(client);

    expect(await sandbox.introspect(person.accessToken)).toMatchObject({ active: true, client_id: client.id });
    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ oauthError: "invalid_request" });
  });
});

describe("Callbacks of a Nexus client", () => {
  const good = "https://portal.example.test/callback";

  it.each<[title: string, callbacks: string[], grants?: string[]]>([
    ["no URL", ["portal", good]],
    ["with a fragment", [`${good}#x`, good]],
    ["of a forbidden scheme", ["javascript:alert(1)", good]],
    ["insecure, with a custom scheme beside it", ["portal://back", "http://portal.example.test/cb", good]],
    ["local by HTTPS, with a custom scheme beside it", ["portal://back", "https://localhost/cb", good]],
    ["local, with the implicit grant", ["http://localhost:3000/cb", good], ["implicit", "authorization_code"]],
  ])(
    "that the OAuth server cannot use are kept and no obstacle to the others: %s",
    async (_title, callbacks, grants) => {
      const sandbox = await startTestSandbox();
      const client = await createNexusClient(sandbox, { callbacks, ...(grants ? { grant_types: grants } : {}) });

      expect(await listed(sandbox, client.id)).toMatchObject({ callbackUrls: callbacks });
      await expect(sandbox.signIn(client, "a@example.test", { redirectUri: good })).resolves.toMatchObject({
        accessToken: expect.any(String),
      });
    },
  );

  it.each(["http://localhost:3000/cb", "http://portal.example.test/cb", "portal://back"])(
    "can be %s",
    async (callback) => {
      const sandbox = await startTestSandbox();
      const client = await createNexusClient(sandbox, { callbacks: [callback] });

      await expect(sandbox.signIn(client)).resolves.toMatchObject({ accessToken: expect.any(String) });
    },
  );

  it("may call the token endpoint from scripts, as the allowed origins may, and others not", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox, {
      callbacks: ["https://callback.example.test/cb"],
      allowed_origins: ["https://cors.example.test"],
    });
    const allowed = async (origin: string, { clientId, clientSecret }: ClientCredentials = client) => {
      const response = await fetch(sandbox.tokenUrl, {
        method: "POST",
        headers: { authorization: basic(clientId, clientSecret ?? ""), origin },
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      });
      await response.body?.cancel();
      return response.headers.get("access-control-allow-origin");
    };

    expect(await allowed("https://callback.example.test")).toBe("https://callback.example.test");
    expect(await allowed("https://cors.example.test")).toBe("https://cors.example.test");
    expect(await allowed("https://other.example.test")).toBeNull();
    // That is a rule of Nexus alone.
    const rezolve = await createClient(sandbox, { allowedOrigins: [] });
    expect(await allowed("https://app.example.test", rezolve)).toBeNull();
  });
});

describe("A Nexus client in a file", () => {
  it("is there after a restart, with its tokens and, if asked for, its secret", async () => {
    const options = {
      file: `${temporaryDirectory()}/sandbox.sqlite`,
      settings: { nexus: { secret: "populated" } },
    } as const;
    const before = await startSandbox(options);
    const client = await createNexusClient(before);
    const shown = await listed(before, client.id);
    const token = await before.issueToken(client);
    await before.close();

    const after = await startSandbox(options);
    try {
      expect(await listed(after, client.id)).toStrictEqual(shown);
      expect(shown).toMatchObject({ secret: client.clientSecret });
      expect(await after.introspect(token)).toMatchObject({ active: true });
      await remove(after, client.id);
      expect(await after.introspect(token)).toStrictEqual({ active: false });
    } finally {
      await after.close();
    }
  });
});
