import { describe, expect, it } from "vitest";
import type { Sandbox } from "../src/index.ts";
import { api, clientsPath, createClient, remove, type Storage, sandboxFor, storages } from "./support.ts";

async function page(sandbox: Sandbox, query: string) {
  const { data } = await api(sandbox, "GET", `${clientsPath}${query}`);
  const names = Array.isArray(data.clients) ? data.clients.map((client: { name: string }) => client.name) : [];
  return { names, pagination: data.pagination };
}

describe.each(storages)("Pages of clients, kept in %s", (storage: Storage) => {
  it.each([
    ["", ["a", "b", "c", "d", "e"], { total: 5, limit: 50, offset: 0, hasMore: false }],
    ["?limit=2", ["a", "b"], { total: 5, limit: 2, offset: 0, hasMore: true }],
    ["?limit=2&offset=2", ["c", "d"], { total: 5, limit: 2, offset: 2, hasMore: true }],
    ["?limit=2&offset=3", ["d", "e"], { total: 5, limit: 2, offset: 3, hasMore: false }],
    ["?limit=2&offset=4", ["e"], { total: 5, limit: 2, offset: 4, hasMore: false }],
    ["?limit=100&offset=5", [], { total: 5, limit: 100, offset: 5, hasMore: false }],
    ["?limit=1&offset=900", [], { total: 5, limit: 1, offset: 900, hasMore: false }],
  ])("%s", async (query, names, pagination) => {
    const sandbox = await sandboxFor(storage);
    for (const name of ["a", "b", "c", "d", "e"]) await createClient(sandbox, { name });

    expect(await page(sandbox, query)).toStrictEqual({ names, pagination });
  });

  it("keep the order of creation after changes and deletions, and show every status", async () => {
    const sandbox = await sandboxFor(storage);
    const [a, b, c] = [
      await createClient(sandbox, { name: "a" }),
      await createClient(sandbox, { name: "b" }),
      await createClient(sandbox, { name: "c" }),
    ];
    sandbox.clients.edit(a.id, { name: "z", status: "inactive" });
    await remove(sandbox, b.id);
    await createClient(sandbox, { name: "b" });
    sandbox.clients.edit(c.id, { status: "revoked" });

    expect((await page(sandbox, "")).names).toStrictEqual(["z", "c", "b"]);
  });

  it("are of a size that the server allows, can ignore the offset, and can lie about more", async () => {
    const sandbox = await sandboxFor(storage, { settings: { rezolve: { pages: { maxLimit: 2 } } } });
    for (const name of ["a", "b", "c"]) await createClient(sandbox, { name });
    const { pages } = sandbox.settings.rezolve;

    const answer = (names: string[], offset: number, hasMore: boolean) => ({
      names,
      pagination: { total: 3, limit: 2, offset, hasMore },
    });

    expect(await page(sandbox, "?limit=100")).toStrictEqual(answer(["a", "b"], 0, true));
    expect(await page(sandbox, "?limit=100&offset=2")).toStrictEqual(answer(["c"], 2, false));
    pages.hasMore = "always";
    expect(await page(sandbox, "?offset=2")).toStrictEqual(answer(["c"], 2, true));
    expect(await page(sandbox, "?offset=3")).toStrictEqual(answer([], 3, true));
    pages.hasMore = "never";
    expect(await page(sandbox, "")).toStrictEqual(answer(["a", "b"], 0, false));
    Object.assign(pages, { hasMore: "actual", ignoresOffset: true });
    expect(await page(sandbox, "?offset=2")).toStrictEqual(answer(["a", "b"], 0, true));
  });

  it("show one tenant only", async () => {
    const sandbox = await sandboxFor(storage);
    await createClient(sandbox, { name: "ours" });
    const [, second] = sandbox.tenants;
    const tenantId = second?.id ?? "";

    const { data } = await api(sandbox, "GET", clientsPath, {
      headers: { "x-tenantid": tenantId },
      token: { tenantId },
    });

    expect(data).toMatchObject({ clients: [], pagination: { total: 0 } });
  });
});
