import { describe, expect, it } from "vitest";
import { startSandbox } from "../src/index.ts";
import { clientsPath, createNexusClient, fullBody, listed, listPage, nexus } from "./nexus-support.ts";
import { type Storage, sandboxFor, startTestSandbox, storages } from "./support.ts";

const outsider = { token: { user: { id: "u-9" }, permissions: ["client.read", "client.write"] } } as const;

describe("The setting invisible", () => {
  it.each(["PATCH", "DELETE"])(
    "answers a %s out of reach with 403, or exactly as if there were nothing",
    async (method) => {
      const sandbox = await startTestSandbox();
      const client = await createNexusClient(sandbox);
      const path = clientsPath(sandbox, client.id);
      const request = { ...outsider, ...(method === "PATCH" ? { body: {} } : {}) };

      const visible = await nexus(sandbox, method, path, request);
      sandbox.settings.nexus.invisible = "404";
      const invisible = await nexus(sandbox, method, path, request);
      sandbox.clients.remove(client.id);
      const gone = await nexus(sandbox, method, path, request);

      expect([visible.status, invisible.status, gone.status]).toStrictEqual([403, 404, 404]);
      expect(invisible.body).toStrictEqual(gone.body);
    },
  );

  it("leaves a missing permission at 403", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { invisible: "404" } } });
    const client = await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "DELETE", clientsPath(sandbox, client.id), { token: { permissions: [] } });

    expect(answer.status).toBe(403);
  });
});

describe("The setting tenantUnknown", () => {
  it.each([400, 403, 404] as const)("answers %i", async (tenantUnknown) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { tenantUnknown } } });

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox, undefined, "nowhere"));

    expect(answer).toMatchObject({ status: tenantUnknown, body: { detail: "Tenant nowhere was not found." } });
  });
});

describe("The setting errorContentType", () => {
  it.each(["application/problem+json", "application/json"] as const)("sends every error as %s", async (type) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { errorContentType: type } } });
    const list = clientsPath(sandbox);
    const answers = [
      await nexus(sandbox, "GET", list, { headers: { authorization: null } }),
      await nexus(sandbox, "GET", list, { token: { permissions: [] } }),
      await nexus(sandbox, "POST", list, { body: {} }),
      await nexus(sandbox, "DELETE", clientsPath(sandbox, "x")),
      await nexus(sandbox, "GET", clientsPath(sandbox, "x")),
      await nexus(sandbox, "GET", "/v1/nowhere"),
    ];
    sandbox.faults.add({ effect: { kind: "respond", status: 500 } });
    answers.push(await nexus(sandbox, "GET", list));
    sandbox.faults.add({ effect: { kind: "respond-after", status: 503 } });
    answers.push(await nexus(sandbox, "GET", list));
    sandbox.settings.rateLimit = { limit: 1, windowSeconds: 60 };
    answers.push(await nexus(sandbox, "GET", list), await nexus(sandbox, "GET", list));
    const good = answers.splice(-2, 1);

    expect(answers.map(({ status }) => status)).toStrictEqual([401, 403, 400, 404, 404, 404, 500, 503, 429]);
    for (const { headers } of answers) expect(headers.get("content-type")).toBe(`${type}; charset=utf-8`);
    expect(good.map(({ headers }) => headers.get("content-type"))).toStrictEqual(["application/json; charset=utf-8"]);
  });
});

describe("The setting singleGet", () => {
  it("answers 404 also for a client that exists", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox, client.id));

    expect(answer.body).toStrictEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "There is nothing at this path.",
      instance: clientsPath(sandbox, client.id),
    });
  });

  it("answers 405 with the methods that there are", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { singleGet: 405 } } });

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox, "x"));

    expect(answer).toMatchObject({ status: 405, body: { title: "Method Not Allowed", status: 405 } });
    expect(answer.headers.get("allow")).toBe("PATCH, DELETE");
  });
});

describe.each([200, 201] as const)("The setting createStatus %i", (createStatus) => {
  it.each([
    ["full", expect.objectContaining({ id: expect.any(String), name: "Portal", secret: expect.any(String) })],
    ["id-only", { id: expect.any(String) }],
    ["without-id", expect.not.objectContaining({ id: expect.anything() })],
    ["empty", undefined],
  ] as const)("goes with the body %s", async (createBody, shape) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { createStatus, createBody } } });

    const { body, status } = await nexus(sandbox, "POST", clientsPath(sandbox), { body: fullBody });

    expect([status, sandbox.clients.count()]).toStrictEqual([createStatus, 1]);
    expect(body).toStrictEqual(shape);
  });
});

describe("The setting createLocation", () => {
  it("gives the client's path, with any body", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { createLocation: true, createBody: "empty" } } });

    const { headers } = await nexus(sandbox, "POST", clientsPath(sandbox), { body: fullBody });

    const id = sandbox.clients.find(fullBody.name)?.id;
    expect(headers.get("location")).toBe(clientsPath(sandbox, id));
  });
});

describe("The setting ownersPacking", () => {
  it.each([
    ["comma", "u-1, role 2,,u;3 ", ["u-1", "role 2", "u;3"]],
    ["semicolon", "u-1; role 2;u,3", ["u-1", "role 2", "u,3"]],
    ["space", " u-1  role;2 u,3", ["u-1", "role;2", "u,3"]],
    ["json", '["u-1","role, 2"]', ["u-1", "role, 2"]],
    ["single", "u-1, role 2", ["u-1, role 2"]],
    ["comma", "", []],
    ["json", "", []],
    ["single", " ", []],
    ["comma", null, []],
  ] as const)("%s makes of %j the owners %j", async (ownersPacking, owners, expected) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { ownersPacking } } });

    const { id } = await createNexusClient(sandbox, { client_metadata: { owners } });

    expect(await listed(sandbox, id)).toMatchObject({ owners: expected });
  });

  it.each(["u-1,u-2", "{}", "[1]"])("json refuses %s", async (owners) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { ownersPacking: "json" } } });
    const body = { ...fullBody, client_metadata: { owners } };

    const answer = await nexus(sandbox, "POST", clientsPath(sandbox), { body });

    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining("client_metadata.owners") } });
    expect(sandbox.clients.count()).toBe(0);
  });
});

describe("The setting duplicateNames", () => {
  it("lets several clients have one name by default", async () => {
    const sandbox = await startTestSandbox();
    await createNexusClient(sandbox);
    await createNexusClient(sandbox);

    expect(sandbox.clients.count(fullBody.name)).toBe(2);
  });

  it("refuses a second one with 409 in the same tenant, at the same moment too, until the first is gone", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { duplicateNames: false } } });
    await createNexusClient(sandbox, {}, sandbox.tenants[1]?.id);
    const create = () => nexus(sandbox, "POST", clientsPath(sandbox), { body: fullBody });

    const answers = await Promise.all([create(), create(), create()]);

    expect(answers.map(({ status }) => status).toSorted()).toStrictEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      title: "Conflict",
      detail: expect.stringContaining('"Portal"'),
    });
    sandbox.clients.remove(sandbox.clients.find(fullBody.name, sandbox.tenants[0].id)?.id ?? "");
    expect((await create()).status).toBe(201);
  });
});

describe.each(storages)("The setting secret, kept in %s", (storage: Storage) => {
  it("shows null, a mask, or the secret in the list and after a patch", async () => {
    const sandbox = await sandboxFor(storage, { settings: { nexus: { secret: "populated" } } });
    const { settings } = sandbox;
    const client = await createNexusClient(sandbox);
    const shown = async () => {
      const patch = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: {} });
      return [await listed(sandbox, client.id), patch.body];
    };

    expect(client.clientSecret).toMatch(/^sbx_/);
    expect(await shown()).toMatchObject([{ secret: client.clientSecret }, { secret: client.clientSecret }]);
    settings.nexus.secret = "masked";
    expect(await shown()).toMatchObject([{ secret: "********" }, { secret: "********" }]);
    settings.nexus.secret = "null";
    expect(await shown()).toMatchObject([{ secret: null }, { secret: null }]);
  });

  it.each(["null", "masked"] as const)("keeps no plain secret while it says %s", async (secret) => {
    const sandbox = await sandboxFor(storage, { settings: { nexus: { secret } } });
    const client = await createNexusClient(sandbox);
    sandbox.settings.nexus.secret = "populated";

    expect(await listed(sandbox, client.id)).toMatchObject({ secret: null });
    expect(client.clientSecret).toMatch(/^sbx_/);
  });

  it.each(["null", "masked", "populated"] as const)("%s shows none of a public client", async (secret) => {
    const sandbox = await sandboxFor(storage, { settings: { nexus: { secret } } });
    const client = await createNexusClient(sandbox, { app_type: "spa" });

    expect(client.clientSecret).toBeNull();
    expect(await listed(sandbox, client.id)).toMatchObject({ secret: null });
  });

  it("populated shows it to nobody but the API's callers", async () => {
    const sandbox = await sandboxFor(storage, { settings: { nexus: { secret: "populated" } } });
    const client = await createNexusClient(sandbox);
    await listPage(sandbox);

    const controls = JSON.stringify([sandbox.clients.list(), sandbox.requests.list()]);

    expect(controls).not.toContain(client.clientSecret);
  });
});

describe("The setting secretMask", () => {
  it.each(["<hidden>", "[REDACTED]", "xxxx-xxxx", "abcd...wxyz", ""])("shows %j for a secret", async (secretMask) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { secret: "masked", secretMask } } });
    const client = await createNexusClient(sandbox);

    expect(client.clientSecret).toMatch(/^sbx_/);
    expect(await listed(sandbox, client.id)).toMatchObject({ secret: secretMask });
  });
});

describe("The setting nullFields", () => {
  it("says null in the list and after a patch, and changes nothing", async () => {
    const nullFields = ["type", "grantTypes", "logoUrl"] as const;
    const sandbox = await startTestSandbox({ settings: { nexus: { nullFields } } });
    const client = await createNexusClient(sandbox);
    const nulls = { type: null, grantTypes: null, logoUrl: null, name: fullBody.name };

    const patch = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: {} });

    expect(patch.body).toMatchObject(nulls);
    expect(await listed(sandbox, client.id)).toMatchObject(nulls);
    sandbox.settings.nexus.nullFields = [];
    expect(await listed(sandbox, client.id)).toMatchObject({ type: "regular_web", logoUrl: fullBody.logo_uri });
  });
});

describe("The setting count", () => {
  it.each([
    ["all", { "@odata.count": 3 }],
    ["page", { "@odata.count": 2 }],
    ["zero", { "@odata.count": 0 }],
    ["null", { "@odata.count": null }],
    ["absent", {}],
  ] as const)("%s says %j on a page of two among three", async (count, said) => {
    const sandbox = await startTestSandbox({ settings: { nexus: { count } } });
    for (const name of ["a", "b", "c"]) await createNexusClient(sandbox, { name });

    const { body } = await nexus(sandbox, "GET", `${clientsPath(sandbox)}?top=2&select=name`);

    const value = [{ name: "a" }, { name: "b" }];
    expect(body).toStrictEqual({ "@odata.context": expect.any(String), ...said, value });
  });
});

describe("The settings ignoresSkip and search", () => {
  it("give the first page again and again, and find nothing that is there", async () => {
    const sandbox = await startTestSandbox();
    for (const name of ["a", "b", "c"]) await createNexusClient(sandbox, { name });
    const names = async (query: string) => (await listPage(sandbox, query)).value.map(({ name }) => name);

    sandbox.settings.nexus.ignoresSkip = true;
    expect(await names("?top=2&skip=2")).toStrictEqual(["a", "b"]);
    sandbox.settings.nexus.search = "misses";
    expect(await listPage(sandbox, "?search=b")).toMatchObject({ count: 0, value: [] });
    expect(await names("")).toStrictEqual(["a", "b", "c"]);
  });
});

describe("The settings for page sizes", () => {
  it("limit a page, or refuse a larger one", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { maxTop: 3 } } });
    for (let index = 0; index < 5; index++) await createNexusClient(sandbox);
    const length = async (query: string) => (await listPage(sandbox, query)).value.length;

    expect([await length(""), await length("?top=2"), await length("?top=4")]).toStrictEqual([3, 2, 3]);
    sandbox.settings.nexus.maxTop = 1;
    expect(await length("")).toBe(1);
    sandbox.settings.nexus.topTooLarge = "refuse";
    expect(await length("?top=1")).toBe(1);
    expect(await length("")).toBe(1);
    expect(await nexus(sandbox, "GET", `${clientsPath(sandbox)}?top=2`)).toMatchObject({
      status: 400,
      body: { detail: "top: it must not be more than 1." },
    });
  });
});

describe("The settings for patches", () => {
  it("patchStatus 204 answers nothing and changes the client", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { patchStatus: 204 } } });
    const client = await createNexusClient(sandbox);

    const answer = await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: { productName: "shop" } });

    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect(await listed(sandbox, client.id)).toMatchObject({ productName: "shop" });
  });

  const nulls = {
    callbackUrls: null,
    allowedLogoutUrls: null,
    allowedWebOrigins: null,
    allowedCorsOrigins: null,
    applicationName: null,
    client_upn_key: null,
    productName: null,
    owners: null,
    mobile: null,
  };

  it("patchNull ignore makes null the same as nothing", async () => {
    const sandbox = await startTestSandbox();
    const client = await createNexusClient(sandbox);
    const before = await listed(sandbox, client.id);

    await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: nulls });

    expect(await listed(sandbox, client.id)).toStrictEqual(before);
  });

  it("patchNull clear empties the field", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { patchNull: "clear" } } });
    const client = await createNexusClient(sandbox);
    const before = await listed(sandbox, client.id);

    await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body: nulls });

    const lists = {
      callbackUrls: [],
      allowedLogoutUrls: [],
      allowedWebOrigins: [],
      allowedCorsOrigins: [],
      owners: [],
    };
    expect(await listed(sandbox, client.id)).toStrictEqual({ ...before, ...nulls, ...lists });
  });

  it("patchArrays merge adds what is new", async () => {
    const sandbox = await startTestSandbox({ settings: { nexus: { patchArrays: "merge" } } });
    const client = await createNexusClient(sandbox);
    const body = { owners: ["u-3", "u-1"], callbackUrls: ["https://b.example.test/"], allowedWebOrigins: [] };

    await nexus(sandbox, "PATCH", clientsPath(sandbox, client.id), { body });

    expect(await listed(sandbox, client.id)).toMatchObject({
      owners: ["u-1", "role-2", "u-3"],
      callbackUrls: [...fullBody.callbacks, "https://b.example.test/"],
      allowedWebOrigins: fullBody.web_origins,
    });
  });
});

describe("The Nexus settings", () => {
  it("throw at one that does not exist", async () => {
    const sandbox = await startTestSandbox();

    expect(() => Object.assign(sandbox.settings.nexus, { invisble: "404" })).toThrow(TypeError);
    const nexusSettings: object = { invisble: "404" };
    await expect(startSandbox({ settings: { nexus: nexusSettings } })).rejects.toMatchObject({
      code: "options-invalid",
      message: expect.stringContaining("invisble"),
    });
  });

  it("have defaults", async () => {
    const sandbox = await startTestSandbox();

    expect(sandbox.settings.nexus).toStrictEqual({
      invisible: "403",
      tenantUnknown: 404,
      errorContentType: "application/problem+json",
      singleGet: 404,
      createStatus: 201,
      createBody: "full",
      createLocation: false,
      ownersPacking: "comma",
      duplicateNames: true,
      secret: "null",
      secretMask: "********",
      nullFields: [],
      ignoresQuery: false,
      ignoresSkip: false,
      search: "contains",
      count: "all",
      maxTop: 100,
      topTooLarge: "clamp",
      patchStatus: 200,
      patchNull: "ignore",
      patchArrays: "replace",
    });
  });
});
