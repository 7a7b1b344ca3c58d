import { describe, expect, it } from "vitest";
import { createNexusClient, listPage } from "./nexus-support.ts";
import { api, clientsPath, createClient, get, remove, type Storage, sandboxFor, storages } from "./support.ts";

const hour = 3_600_000;

describe.each(storages)("A list that lags, kept in %s", (storage: Storage) => {
  it("does not have a new client of Rezolve yet, which can be read", async () => {
    const sandbox = await sandboxFor(storage, { settings: { listLag: { createdMs: hour } } });
    const list = async () => (await api(sandbox, "GET", clientsPath)).data;
    const client = await createClient(sandbox);

    expect(await list()).toMatchObject({ clients: [], pagination: { total: 0 } });
    expect((await get(sandbox, client.id)).status).toBe(200);
    sandbox.settings.listLag.createdMs = 0;
    expect(await list()).toMatchObject({ clients: [{ id: client.id }] });
  });

  it.each(["hard", "soft"] as const)("still has a client of Rezolve after its %s deletion, as it was", async (mode) => {
    const sandbox = await sandboxFor(storage, {
      settings: { listLag: { deletedMs: hour }, rezolve: { deletion: mode } },
    });
    const list = async () => (await api(sandbox, "GET", clientsPath)).data;
    const clients = [];
    for (const [day, name] of ["a", "b", "c"].entries()) {
      clients.push(await createClient(sandbox, { name }));
      sandbox.clients.edit(clients[day]?.id ?? "", { createdAt: `2026-01-0${day + 1}T00:00:00.000Z` });
    }
    const before = await list();

    expect((await remove(sandbox, clients[1]?.id ?? "")).status).toBe(200);
    expect(await list()).toStrictEqual(before);
    expect((await get(sandbox, clients[1]?.id ?? "")).status).toBe(404);
    sandbox.settings.listLag.deletedMs = 0;
    expect(await list()).toMatchObject({ clients: [{ name: "a" }, { name: "c" }], pagination: { total: 2 } });
  });

  it("does so with clients of Nexus, each in its tenant, whoever deletes them", async () => {
    const sandbox = await sandboxFor(storage, { settings: { listLag: { createdMs: hour, deletedMs: hour } } });
    const { listLag } = sandbox.settings;
    const client = await createNexusClient(sandbox);
    const other = await createNexusClient(sandbox, {}, sandbox.tenants[1]?.id);
    const ids = async () => (await listPage(sandbox)).value.map(({ id }) => id);

    expect(await ids()).toStrictEqual([]);
    listLag.createdMs = 0;
    expect(await ids()).toStrictEqual([client.id]);
    sandbox.clients.remove(client.id);
    sandbox.clients.remove(other.id);
    expect(await ids()).toStrictEqual([client.id]);
    listLag.deletedMs = 0;
    expect(await ids()).toStrictEqual([]);
  });
});
