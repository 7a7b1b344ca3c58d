import { describe, expect, it } from "vitest";
import { defaultTenants, type Sandbox, type SandboxOptions, startSandbox } from "../src/index.ts";
import {
  basic,
  clientsPath,
  createNexusClient,
  fullBody,
  listPage,
  type NexusRequest,
  nexus,
} from "./nexus-support.ts";
import { api, clientsPath as rezolveClientsPath, startTestSandbox } from "./support.ts";

const [first, second] = defaultTenants;
const user = { username: "ada", password: "s3cr3t" };
const withUser = { nexus: { basicUsers: [user] } };

describe("The Nexus API lets in", () => {
  const good: [title: string, request: NexusRequest][] = [
    ["a bearer token with the application token", {}],
    [
      "Basic credentials alone",
      { headers: { authorization: basic(user.username, user.password), ApplicationToken: null } },
    ],
    [
      "Basic credentials with a wrong application token, which they do not need",
      { headers: { authorization: basic(user.username, user.password), ApplicationToken: "wrong" } },
    ],
  ];

  it.each(good)("%s", async (_title, request) => {
    const sandbox = await startTestSandbox(withUser);

    expect((await nexus(sandbox, "GET", clientsPath(sandbox), request)).status).toBe(200);
  });

  it.each(["bearer", "BEARER"])("the scheme %s in any case", async (scheme) => {
    const sandbox = await startTestSandbox();
    const authorization = `${scheme} ${await sandbox.adminToken()}`;

    expect((await nexus(sandbox, "GET", clientsPath(sandbox), { headers: { authorization } })).status).toBe(200);
  });

  it("the credentials that it names itself, and that no other sandbox has", async () => {
    const [sandbox, other] = [await startTestSandbox(), await startTestSandbox()];
    const asUser = async ({ basicUser: { password, username } }: Sandbox["nexus"]) => {
      const headers = { authorization: basic(username, password), ApplicationToken: null };
      return (await nexus(sandbox, "GET", clientsPath(sandbox), { headers })).status;
    };
    const withToken = async ({ applicationToken: ApplicationToken }: Sandbox["nexus"]) =>
      (await nexus(sandbox, "GET", clientsPath(sandbox), { headers: { ApplicationToken } })).status;

    expect(sandbox.nexus).toMatchObject({
      applicationTokenHeader: "ApplicationToken",
      basicUser: { username: "nexus-admin" },
    });
    expect([await asUser(sandbox.nexus), await withToken(sandbox.nexus)]).toStrictEqual([200, 200]);
    expect([await asUser(other.nexus), await withToken(other.nexus)]).toStrictEqual([401, 401]);
  });
});

describe("The Nexus API refuses with 401", () => {
  const bad: [title: string, detail: RegExp, request: NexusRequest][] = [
    ["no credentials", /required/, { headers: { authorization: null, ApplicationToken: null } }],
    ["the application token alone", /required/, { headers: { authorization: null } }],
    ["the bearer token alone", /needs an application token/, { headers: { ApplicationToken: null } }],
    ["an empty application token", /application token is not valid/, { headers: { ApplicationToken: "" } }],
    ["a wrong application token", /application token is not valid/, { headers: { ApplicationToken: "wrong" } }],
    ["a garbage bearer token", /bearer token is not valid/, { headers: { authorization: "Bearer garbage" } }],
    ["an expired bearer token", /has expired/, { token: { expiresInSeconds: -1 } }],
    ["a wrong password", /user name or password/, { headers: { authorization: basic(user.username, "wrong") } }],
    ["a wrong user name", /user name or password/, { headers: { authorization: basic("wrong", user.password) } }],
    ["a user name alone", /user name or password/, { headers: { authorization: basic(user.username, "") } }],
    ["Basic without a colon", /user name or password/, { headers: { authorization: "Basic bmV4dXM=" } }],
    ["another scheme", /required/, { headers: { authorization: "Digest x" } }],
  ];

  it.each(bad)("%s", async (_title, detail, request) => {
    const sandbox = await startTestSandbox(withUser);
    await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox), request);

    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer, Basic realm="nexus"');
    expect(answer.body).toStrictEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: expect.stringMatching(detail),
      instance: clientsPath(sandbox),
    });
  });

  it.each(["POST", "PATCH", "DELETE"])("a %s, before it looks at anything else", async (method) => {
    const sandbox = await startTestSandbox();
    const path = method === "POST" ? clientsPath(sandbox, undefined, "nowhere") : clientsPath(sandbox, "x", "nowhere");

    const answer = await nexus(sandbox, method, path, { text: "{", headers: { authorization: null } });

    expect(answer.status).toBe(401);
  });

  it("a token that the OAuth server gave to a client", async () => {
    const sandbox = await startTestSandbox();
    const authorization = `Bearer ${await sandbox.issueToken(await createNexusClient(sandbox))}`;

    expect((await nexus(sandbox, "GET", clientsPath(sandbox), { headers: { authorization } })).status).toBe(401);
  });
});

describe("The tenant in the path", () => {
  it("must exist; the refusal names it", async () => {
    const sandbox = await startTestSandbox();

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox, undefined, "no%20where"));

    expect(answer.body).toStrictEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "Tenant no where was not found.",
      instance: "/v1/tenants/no%20where/clients",
    });
  });

  it.each([
    [first.id, second.id],
    [second.id, first.id],
  ])("must be among the caller's: %s is not %s", async (tenantId, other) => {
    const sandbox = await startTestSandbox();

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox, undefined, other), { token: { tenantId } });

    expect(answer).toMatchObject({ status: 403, body: { detail: expect.stringContaining(other) } });
  });

  it("keeps its clients apart from another's, under the same name too", async () => {
    const sandbox = await startTestSandbox();
    const mine = await createNexusClient(sandbox);
    const theirs = await createNexusClient(sandbox, {}, second.id);

    expect((await listPage(sandbox)).value.map(({ id }) => id)).toStrictEqual([mine.id]);
    for (const method of ["PATCH", "DELETE"]) {
      const body = method === "PATCH" ? { body: {} } : {};
      const answer = await nexus(sandbox, method, clientsPath(sandbox, theirs.id), body);
      expect(answer).toMatchObject({
        status: 404,
        body: { detail: `Client ${theirs.id} was not found in tenant ${first.id}.` },
      });
    }
    expect(sandbox.clients.count()).toBe(2);
  });

  it("may have a name that needs escaping", async () => {
    const sandbox = await startTestSandbox({ tenants: [{ id: "acme/eu 1", name: "Acme" }] });
    sandbox.settings.nexus.createLocation = true;
    const path = clientsPath(sandbox, undefined, encodeURIComponent("acme/eu 1"));

    const answer = await nexus(sandbox, "POST", path, { body: fullBody });

    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toMatch(/^\/v1\/tenants\/acme%2Feu%201\/clients\/[A-Za-z0-9]{32}$/);
    expect((await nexus(sandbox, "DELETE", answer.headers.get("location") ?? "")).status).toBe(204);
  });
});

describe("The two vendors in one sandbox", () => {
  it("take the same admin token and do not see each other's clients", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createNexusClient(sandbox);

    const list = await api(sandbox, "GET", rezolveClientsPath);
    const get = await api(sandbox, "GET", `${rezolveClientsPath}/${id}`);

    expect(list).toMatchObject({ status: 200, data: { clients: [] } });
    expect(get.status).toBe(400);
    expect(sandbox.clients.list({ vendor: "nexus" })).toHaveLength(1);
    expect(sandbox.clients.list({ vendor: "rezolve" })).toHaveLength(0);
  });
});

describe("The options", () => {
  it("take application tokens and a header for them", async () => {
    const sandbox = await startTestSandbox({
      nexus: { applicationTokens: ["one", "two"], applicationTokenHeader: "X-Nexus-App" },
    });

    const statuses = [];
    for (const value of ["one", "two", "three", null]) {
      const answer = await nexus(sandbox, "GET", clientsPath(sandbox), { headers: { "x-nexus-app": value } });
      statuses.push(answer.status);
    }

    expect(sandbox.nexus).toMatchObject({ applicationToken: "one", applicationTokenHeader: "X-Nexus-App" });
    expect(statuses).toStrictEqual([200, 200, 401, 401]);
    const usual = { "x-nexus-app": null, ApplicationToken: "one" };
    expect((await nexus(sandbox, "GET", clientsPath(sandbox), { headers: usual })).status).toBe(401);
  });

  it("take Basic users with rights, whose id is their name unless they have another", async () => {
    const sandbox = await startTestSandbox({
      nexus: {
        basicUsers: [
          { username: "ada", password: "p:1", permissions: ["client.read"] },
          { username: "bob", password: "p2", userId: "auth0|7", permissions: ["client.read"] },
          {
            username: "cid",
            password: "p3",
            permissions: ["client.read"],
            memberRoles: ["role-2"],
            tenantId: first.id,
          },
          { username: "dan", password: "p4", permissions: ["client.read"], products: ["portal"], tenantId: second.id },
        ],
      },
    });
    const ada = await createNexusClient(sandbox, { client_metadata: { owners: "ada" } });
    const bob = await createNexusClient(sandbox, { client_metadata: { owners: "auth0|7" } });
    const role = await createNexusClient(sandbox, { client_metadata: { owners: "role-2" } });
    const as = (name: string, password: string) => ({ headers: { authorization: basic(name, password) } });
    const seen = async (name: string, password: string) =>
      (await listPage(sandbox, "", as(name, password))).value.map(({ id }) => id);

    expect(sandbox.nexus.basicUser).toStrictEqual({ username: "ada", password: "p:1" });
    expect(await seen("ada", "p:1")).toStrictEqual([ada.id]);
    expect(await seen("bob", "p2")).toStrictEqual([bob.id]);
    expect(await seen("cid", "p3")).toStrictEqual([role.id]);
    expect((await nexus(sandbox, "GET", clientsPath(sandbox), as("dan", "p4"))).status).toBe(403);
    const remove = await nexus(sandbox, "DELETE", clientsPath(sandbox, ada.id), as("ada", "p:1"));
    expect(remove).toMatchObject({ status: 403, body: { detail: expect.stringContaining("client.write") } });
    expect(sandbox.requests.list().at(-1)?.caller).toBe("ada");
    await nexus(sandbox, "GET", clientsPath(sandbox), as("bob", "p2"));
    expect(sandbox.requests.list().at(-1)?.caller).toBe("auth0|7");
  });

  it.each<[title: string, nexusOptions: SandboxOptions["nexus"], named: RegExp]>([
    ["no application token", { applicationTokens: [] }, /applicationTokens/],
    ["no user", { basicUsers: [] }, /basicUsers/],
    ["a header that is none", { applicationTokenHeader: "Application Token" }, /applicationTokenHeader/],
    ["a user name with a colon", { basicUsers: [{ username: "a:b", password: "c" }] }, /colon/],
    ["a user of an unknown tenant", { basicUsers: [{ username: "a", password: "c", tenantId: "t" }] }, /not exist: t/],
  ])("do not take %s", async (_title, nexusOptions, named) => {
    await expect(startSandbox({ nexus: nexusOptions })).rejects.toMatchObject({
      code: "options-invalid",
      message: expect.stringMatching(named),
    });
  });

  it("give admin clients Nexus rights, which their tokens carry", async () => {
    const sandbox = await startTestSandbox({
      adminClients: [
        { clientId: "all", clientSecret: "s1" },
        { clientId: "owner", clientSecret: "s2", permissions: ["client.read"] },
        { clientId: "member", clientSecret: "s3", permissions: ["client.read"], memberRoles: ["role-2"] },
        { clientId: "product", clientSecret: "s4", permissions: ["client.read"], products: ["shop"] },
      ],
    });
    await createNexusClient(sandbox, { name: "a", client_metadata: { owners: "owner" } });
    await createNexusClient(sandbox, { name: "b", client_metadata: { owners: "role-2" } });
    await createNexusClient(sandbox, { name: "c", client_metadata: { productName: "shop" } });
    const seen = async (clientId: string, clientSecret: string) => {
      const authorization = `Bearer ${await sandbox.issueToken({ clientId, clientSecret })}`;
      const { value } = await listPage(sandbox, "", { headers: { authorization } });
      return value.map(({ name }) => name);
    };

    expect(await seen("all", "s1")).toStrictEqual(["a", "b", "c"]);
    expect(await seen("owner", "s2")).toStrictEqual(["a"]);
    expect(await seen("member", "s3")).toStrictEqual(["b"]);
    expect(await seen("product", "s4")).toStrictEqual(["c"]);
  });
});
