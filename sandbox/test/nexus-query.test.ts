import { describe, expect, it } from "vitest";
import type { Sandbox, SandboxOptions } from "../src/index.ts";
import { clientsPath, createNexusClient, listPage, nexus } from "./nexus-support.ts";
import { type Storage, sandboxFor, startTestSandbox, storages } from "./support.ts";

async function withClients(names: readonly string[], storage: Storage = "memory", options: SandboxOptions = {}) {
  const sandbox = await sandboxFor(storage, options);
  for (const name of names) await createNexusClient(sandbox, { name, client_metadata: { productName: `of-${name}` } });
  return sandbox;
}

async function names(sandbox: Sandbox, query: string): Promise<unknown[]> {
  return (await listPage(sandbox, query)).value.map(({ name }) => name);
}

const five = ["b", "d", "a", "e", "c"];

describe.each(storages)("Paging, kept in %s", (storage: Storage) => {
  it("goes through all clients once, in the order of their creation", async () => {
    const sandbox = await withClients(five, storage);

    const pages = [];
    for (let skip = 0; skip < 8; skip += 2) pages.push(await listPage(sandbox, `?top=2&skip=${skip}`));

    expect(pages.map(({ value }) => value.map(({ name }) => name))).toStrictEqual([["b", "d"], ["a", "e"], ["c"], []]);
    expect(pages.map(({ count }) => count)).toStrictEqual([5, 5, 5, 5]);
  });
});

describe("Paging", () => {
  it.each([
    ["", 50],
    ["?top=1", 1],
    ["?top=0", 0],
    ["?top=100", 100],
    ["?top=101", 100],
    ["?top=100&skip=100", 20],
    ["?skip=120", 0],
    ["?skip=9999", 0],
    // The documented names have no `$`; these are unknown and so ignored.
    ["?$top=1&$skip=119&$select=id", 50],
  ])("with %j of 120 clients gives %i", async (query, length) => {
    const sandbox = await withClients(Array.from({ length: 120 }, (_, index) => `n${index}`));

    const { count, value } = await listPage(sandbox, query);

    expect([count, value.length]).toStrictEqual([120, length]);
  });

  it.each(["top=-1", "top=x", "top=", "top=1.5", "skip=-1", "skip=x", "skip=99999999999999999999"])(
    "refuses %s",
    async (query) => {
      const sandbox = await startTestSandbox();

      const answer = await nexus(sandbox, "GET", `${clientsPath(sandbox)}?${query}`);

      expect(answer).toMatchObject({
        status: 400,
        body: { detail: expect.stringContaining(query.slice(0, 3)), instance: clientsPath(sandbox) },
      });
    },
  );

  it("has an address for its context", async () => {
    const sandbox = await startTestSandbox();

    expect((await listPage(sandbox)).context).toBe(`${sandbox.url}/v1/$metadata#Clients`);
    expect((await listPage(sandbox, "?select=id,name")).context).toBe(`${sandbox.url}/v1/$metadata#Clients(id,name)`);
  });
});

describe("select", () => {
  it.each([
    ["id", ["id"]],
    ["name,id", ["name", "id"]],
    [" name , client_upn_key,", ["name", "client_upn_key"]],
  ])("of %j gives these fields alone", async (select, fields) => {
    const sandbox = await withClients(["a"]);

    const { value } = await listPage(sandbox, `?select=${encodeURIComponent(select)}`);

    expect(value.map(Object.keys)).toStrictEqual([fields]);
  });

  it("of nothing gives all fields", async () => {
    const sandbox = await withClients(["a"]);

    expect((await listPage(sandbox, "?select=")).value).toStrictEqual((await listPage(sandbox)).value);
  });
});

describe("orderby", () => {
  it.each([
    ["name", ["a", "b", "c", "d", "e"]],
    ["name ASC", ["a", "b", "c", "d", "e"]],
    ["name DESC", ["e", "d", "c", "b", "a"]],
    ["name desc", ["e", "d", "c", "b", "a"]],
    // Equal in the first, so that the second decides.
    ["type,name DESC", ["e", "d", "c", "b", "a"]],
    ["manuallyCreated desc, idTokenExpiration", five],
    ["owners", five],
    ["", five],
  ])("%j", async (orderby, expected) => {
    const sandbox = await withClients(five);

    expect(await names(sandbox, `?orderby=${encodeURIComponent(orderby)}`)).toStrictEqual(expected);
  });

  it("comes before paging, and puts nothing before something", async () => {
    const sandbox = await withClients(five);
    await createNexusClient(sandbox, { name: "z", client_metadata: null });

    expect(await names(sandbox, "?orderby=productName&top=2")).toStrictEqual(["z", "a"]);
    expect(await names(sandbox, "?orderby=productName%20desc&top=2")).toStrictEqual(["e", "d"]);
  });
});

describe("search", () => {
  it.each([
    ["port", ["Portal", "Export"]],
    ["PORT", ["Portal", "Export"]],
    [" portal ", ["Portal"]],
    ["of-shop", ["Shop"]],
    ["regular_web", []],
    ["", ["Portal", "Export", "Shop"]],
  ])("for %j finds %j", async (search, expected) => {
    const sandbox = await withClients(["Portal", "Export", "Shop"]);

    const { count, value } = await listPage(sandbox, `?search=${encodeURIComponent(search)}`);

    expect(value.map(({ name }) => name)).toStrictEqual(expected);
    expect(count).toBe(expected.length);
  });

  it("finds by id too, and pages what it finds", async () => {
    const sandbox = await withClients(["a1", "b", "a2", "a3"]);
    const [client] = sandbox.clients.list();

    expect(await names(sandbox, `?search=${client?.id}`)).toStrictEqual(["a1"]);
    expect(await listPage(sandbox, "?search=of-a&top=1&skip=1")).toMatchObject({ count: 3, value: [{ name: "a2" }] });
  });
});

describe("The list refuses", () => {
  it.each([
    ["select=id,nothing", /select.*"nothing"/],
    ["select=description", /select.*"description"/],
    ["orderby=nothing", /orderby.*"nothing"/],
    ["orderby=name%20UP", /orderby.*"name UP"/],
    ["orderby=name%20ASC%20DESC", /orderby/],
  ])("%s", async (query, detail) => {
    const sandbox = await startTestSandbox();

    const answer = await nexus(sandbox, "GET", `${clientsPath(sandbox)}?${query}`);

    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } });
  });
});

describe("A list that ignores its query", () => {
  const settings = { nexus: { ignoresQuery: true } };

  it.each(["select=id", "orderby=name", "search=a", "select=nothing&orderby=nothing"])(
    "gives all for %s",
    async (query) => {
      const sandbox = await withClients(five, "memory", { settings });

      expect((await listPage(sandbox, `?${query}`)).value).toStrictEqual((await listPage(sandbox)).value);
      expect(await names(sandbox, `?${query}`)).toStrictEqual(five);
    },
  );

  it("still pages", async () => {
    const sandbox = await withClients(five, "memory", { settings });

    expect(await names(sandbox, "?orderby=name&top=2&skip=1")).toStrictEqual(["d", "a"]);
  });
});
