import { describe, expect, it } from "vitest";
import { loadKeys } from "../src/oauth/keys.ts";
import { TokenLedger } from "../src/oauth/ledger.ts";
import { oauthServer } from "../src/oauth/provider.ts";
import { ClientDirectory } from "../src/store/directory.ts";
import { memoryStore } from "../src/store/memory.ts";
import { fullClient } from "./support.ts";

const admin = { id: "u-1", name: "Ada", email: "ada@example.test" };
const accountId = "someone@example.test";

/** The OAuth server without HTTP, so that a deletion can come between two of its steps. */
async function oauthParts() {
  const store = memoryStore();
  const ledger = new TokenLedger(store);
  const directory = new ClientDirectory(store, ledger);
  const provider = await oauthServer({
    issuer: "http://127.0.0.1:1/oauth",
    audience: "http://127.0.0.1:1/api",
    keys: loadKeys(store),
    directory,
    ledger,
    adminClients: [],
    introspectionClient: { clientId: "introspection", clientSecret: "secret" },
    scopes: fullClient.scopes,
    onError: () => {},
  });
  const { client } = directory.create(
    {
      ...fullClient,
      clientType: "confidential",
      id: "client-1",
      vendor: "rezolve",
      tenantId: "t-1",
      clientId: "bot_1",
      tokenSettings: { accessTokenLifetime: 60, refreshTokenLifetime: 60, idTokenLifetime: 60 },
      attributes: {},
    },
    admin,
  );
  const found = await provider.Client.find(client.clientId);
  if (found === undefined) throw new Error("The OAuth server does not know the client");
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope("openid");
  const grantId = await grant.save();
  const common = { client: found, accountId, grantId, gty: "authorization_code", scope: "openid" };
  return { client, common, directory, ledger, provider };
}

type Parts = Awaited<ReturnType<typeof oauthParts>>;

const underWay: [what: string, issue: (parts: Parts) => { save(): Promise<string> }][] = [
  ["a client_credentials token", ({ common, provider }) => new provider.ClientCredentials({ client: common.client })],
  ["an access token", ({ common, provider }) => new provider.AccessToken(common)],
  ["a refresh token", ({ common, provider }) => new provider.RefreshToken(common)],
  [
    "an authorization code",
    ({ common, provider }) =>
      new provider.AuthorizationCode({ ...common, redirectUri: "https://app.example.test/callback" }),
  ],
  ["a grant", ({ common, provider }) => new provider.Grant({ accountId, clientId: common.client.clientId })],
];

describe("A client that is deleted while the OAuth server prepares", () => {
  it.each(underWay)("%s does not get it", async (_what, issue) => {
    const parts = await oauthParts();
    const late = issue(parts);
    parts.directory.remove(parts.client, { kind: "hard" }, admin);

    await expect(late.save()).rejects.toMatchObject({ error: "invalid_client", status: 400 });
    expect(parts.ledger.revokeClient(parts.client.clientId)).toStrictEqual({ tokens: 0, sessions: 0 });
  });

  it.each(underWay)("%s would have got it otherwise", async (_what, issue) => {
    const parts = await oauthParts();

    await expect(issue(parts).save()).resolves.toEqual(expect.any(String));
  });

  it("a session is left out of it, and the session keeps its other clients", async () => {
    const { client, directory, ledger, provider } = await oauthParts();
    const other = directory.create({ ...client, id: "client-2", clientId: "other_2", name: "Other" }, admin).client;
    const session = new provider.Session();
    session.loginAccount({ accountId });
    session.grantIdFor(client.clientId, "grant-1");
    session.grantIdFor(other.clientId, "grant-2");
    directory.remove(client, { kind: "hard" }, admin);

    const id = await session.save(60);

    expect(Object.keys(ledger.find("Session", id)?.authorizations ?? {})).toStrictEqual([other.clientId]);
  });
});

describe("The ledger", () => {
  it("hands out copies: what the OAuth server changes in them is kept only once it is saved", async () => {
    const { client, ledger, provider } = await oauthParts();
    const session = new provider.Session();
    session.loginAccount({ accountId });
    session.grantIdFor(client.clientId, "grant-1");
    const id = await session.save(60);

    const found = ledger.find("Session", id);
    Object.assign(found?.authorizations ?? {}, { intruder: {} });
    session.grantIdFor(client.clientId, "grant-2");

    expect(Object.keys(ledger.find("Session", id)?.authorizations ?? {})).toStrictEqual([client.clientId]);
    const byUid = ledger.findByUid("Session", session.uid);
    expect(byUid?.authorizations).toStrictEqual({ [client.clientId]: { grantId: "grant-1" } });
  });
});
