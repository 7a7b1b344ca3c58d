import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../src/index.ts";
import {
  api,
  clientsPath,
  createClient,
  fullClient,
  get,
  isoTime,
  refusal,
  remove,
  type Storage,
  sandboxFor,
  startTestSandbox,
  storages,
} from "./support.ts";

const actor = { id: expect.any(String), name: expect.any(String), email: expect.any(String) };

async function listedIds(sandbox: Sandbox): Promise<unknown[]> {
  const { data } = await api(sandbox, "GET", clientsPath);
  return Array.isArray(data.clients) ? data.clients.map((client: { id: string }) => client.id) : [];
}

describe.each(storages)("Hard deletion, kept in %s", (storage: Storage) => {
  it("answers in the documented form, with true counts", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    await sandbox.issueToken(client);
    await sandbox.issueToken(client);
    await sandbox.signIn(client); // an access and a refresh token, one session
    await sandbox.signIn(client);

    const answer = await remove(sandbox, client.id);

    expect(answer.status).toBe(200);
    expect(answer.message).toBe("OAuth client deleted successfully");
    expect(answer.data).toStrictEqual({
      id: client.id,
      name: fullClient.name,
      clientId: client.clientId,
      status: "deleted",
      deletedAt: expect.stringMatching(isoTime),
      deletedBy: actor,
      tokensRevoked: 6,
      activeSessionsTerminated: 2,
    });
  });

  it("counts nothing for a client that was never used", async () => {
    const sandbox = await sandboxFor(storage);
    const { id } = await createClient(sandbox);

    expect((await remove(sandbox, id)).data).toMatchObject({ tokensRevoked: 0, activeSessionsTerminated: 0 });
  });

  it("leaves nothing: get, list, patch, rotate and delete know the client no more, and its name is free", async () => {
    const sandbox = await sandboxFor(storage);
    const { id } = await createClient(sandbox);
    await remove(sandbox, id);

    const path = `${clientsPath}/${id}`;
    const answers = [
      await get(sandbox, id),
      await api(sandbox, "PATCH", path, { body: { name: "x" } }),
      await api(sandbox, "POST", `${path}/rotate-secret`),
      await remove(sandbox, id),
    ];

    for (const answer of answers)
      expect(answer).toMatchObject({ status: 404, error: { code: "OAUTH_CLIENT_NOT_FOUND" } });
    expect(await listedIds(sandbox)).toStrictEqual([]);
    const successor = await createClient(sandbox);
    expect(successor.id).not.toBe(id);
  });

  it("revokes every kind of token at once", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const machine = await sandbox.issueToken(client);
    const person = await sandbox.signIn(client);
    const tokens = [machine, person.accessToken, person.refreshToken ?? ""];
    for (const token of tokens)
      expect(await sandbox.introspect(token)).toMatchObject({ active: true, client_id: client.clientId });

    await remove(sandbox, client.id);

    for (const token of tokens) expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
  });

  it("ends everything that the client could still do", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const person = await sandbox.signIn(client);
    await remove(sandbox, client.id);

    const denied = { code: "oauth-refused", status: 401, oauthError: "invalid_client" };
    expect(await refusal(sandbox.issueToken(client))).toStrictEqual(denied);
    expect(await refusal(sandbox.refreshToken(client, person.refreshToken ?? ""))).toStrictEqual(denied);
    expect(await refusal(sandbox.signIn(client))).toMatchObject({ code: "oauth-refused" });
    const redirectUri = fullClient.redirectUris[0];
    expect(await refusal(sandbox.signIn(client, "someone@example.test", { redirectUri }))).toMatchObject({
      code: "oauth-refused",
      oauthError: "invalid_client",
    });
  });

  it("leaves other clients' tokens and a user's other sign-ins alone", async () => {
    const sandbox = await sandboxFor(storage);
    const doomed = await createClient(sandbox, { name: "Doomed" });
    const spared = await createClient(sandbox, { name: "Spared" });
    const user = "both@example.test";
    await sandbox.signIn(doomed, user);
    const other = await sandbox.signIn(spared, user);
    const machine = await sandbox.issueToken(spared);

    const { data } = await remove(sandbox, doomed.id);

    expect(data).toMatchObject({ tokensRevoked: 2, activeSessionsTerminated: 1 });
    expect(await sandbox.introspect(other.accessToken)).toMatchObject({ active: true });
    expect(await sandbox.introspect(machine)).toMatchObject({ active: true });
    expect(sandbox.clients.activity(spared.id)).toStrictEqual({ tokens: 3, sessions: 1 });
  });
});

describe.each(storages)("Counting, kept in %s", (storage: Storage) => {
  it("agrees with activeTokenCount just before the deletion", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    await Promise.all(Array.from({ length: 7 }, () => sandbox.issueToken(client)));
    await sandbox.signIn(client);

    const { data } = await get(sandbox, client.id);
    const deleted = await remove(sandbox, client.id);

    expect(data.usage).toMatchObject({ activeTokenCount: 9 });
    expect(deleted.data.tokensRevoked).toBe(9);
  });

  it("leaves expired tokens out", async () => {
    const sandbox = await sandboxFor(storage);
    sandbox.settings.tokenSettings.accessTokenLifetime = 1;
    const client = await createClient(sandbox);
    await sandbox.issueToken(client);
    const { accessToken } = await sandbox.signIn(client);
    await sleep(2100);

    expect(await sandbox.introspect(accessToken)).toStrictEqual({ active: false });
    // What is left is the refresh token.
    expect((await remove(sandbox, client.id)).data).toMatchObject({ tokensRevoked: 1, activeSessionsTerminated: 1 });
  });

  it("leaves used refresh tokens out", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const first = await sandbox.signIn(client);
    await sandbox.refreshToken(client, first.refreshToken ?? "");

    // Two access tokens and the second refresh token.
    expect((await remove(sandbox, client.id)).data.tokensRevoked).toBe(3);
  });

  it("leaves out what was revoked by reusing a refresh token", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const first = await sandbox.signIn(client);
    await sandbox.refreshToken(client, first.refreshToken ?? "");
    const reuse = await refusal(sandbox.refreshToken(client, first.refreshToken ?? ""));

    expect(reuse).toMatchObject({ oauthError: "invalid_grant" });
    expect((await remove(sandbox, client.id)).data).toMatchObject({ tokensRevoked: 0, activeSessionsTerminated: 0 });
  });

  it("counts one session for a user who signs in twice, two for two users", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    await sandbox.signIn(client, "one@example.test");
    await sandbox.signIn(client, "one@example.test");
    await sandbox.signIn(client, "two@example.test");

    expect((await remove(sandbox, client.id)).data).toMatchObject({ tokensRevoked: 6, activeSessionsTerminated: 2 });
  });
});

describe.each(storages)("Soft deletion, kept in %s", (storage: Storage) => {
  const soft = { settings: { rezolve: { deletion: "soft" } } } as const;

  it("answers in its own form: with retention, without sessions", async () => {
    const sandbox = await sandboxFor(storage, soft);
    const client = await createClient(sandbox);
    await sandbox.signIn(client);

    const { data, status } = await remove(sandbox, client.id);

    expect(status).toBe(200);
    expect(data).toStrictEqual({
      id: client.id,
      name: fullClient.name,
      clientId: client.clientId,
      previousStatus: "active",
      status: "deleted",
      deletedAt: expect.stringMatching(isoTime),
      deletedBy: actor,
      retentionDays: 30,
      permanentDeletionDate: expect.stringMatching(isoTime),
      tokensRevoked: 2,
    });
    const kept = Date.parse(String(data.permanentDeletionDate)) - Date.parse(String(data.deletedAt));
    expect(kept).toBe(30 * 86_400_000);
  });

  it("says what the status was before", async () => {
    const sandbox = await sandboxFor(storage, soft);
    const { id } = await createClient(sandbox);
    sandbox.clients.edit(id, { status: "inactive" });

    expect((await remove(sandbox, id)).data.previousStatus).toBe("inactive");
  });

  it("revokes tokens and ends the client just as a hard deletion does", async () => {
    const sandbox = await sandboxFor(storage, soft);
    const client = await createClient(sandbox);
    const token = await sandbox.issueToken(client);

    await remove(sandbox, client.id);

    expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
    expect(await refusal(sandbox.issueToken(client))).toMatchObject({ oauthError: "invalid_client" });
  });

  it("answers 409 to a second delete, with the date and who it was", async () => {
    const sandbox = await sandboxFor(storage, soft);
    const { id } = await createClient(sandbox);
    const { data } = await remove(sandbox, id);

    const again = await remove(sandbox, id);

    expect(again.status).toBe(409);
    expect(again.error).toStrictEqual({
      code: "OAUTH_CLIENT_ALREADY_DELETED",
      message: "OAuth client has already been deleted",
      details: `The OAuth client was deleted on ${String(data.deletedAt)} by ada.sandbox@example.test`,
    });
  });

  it.each([
    ["404", 404, undefined, false],
    ["deleted", 200, "deleted", true],
  ] as const)("with softDeletedGet %s answers %i to get", async (softDeletedGet, status, shown, inList) => {
    const sandbox = await sandboxFor(storage, { settings: { rezolve: { deletion: "soft", softDeletedGet } } });
    const { id } = await createClient(sandbox);
    await remove(sandbox, id);

    const answer = await get(sandbox, id);

    expect(answer.status).toBe(status);
    expect(answer.data.status).toBe(shown);
    expect(await listedIds(sandbox)).toStrictEqual(inList ? [id] : []);
  });

  it.each(["404", "deleted"] as const)(
    "answers 404 to patch and rotate, also with softDeletedGet %s",
    async (softDeletedGet) => {
      const sandbox = await sandboxFor(storage, { settings: { rezolve: { deletion: "soft", softDeletedGet } } });
      const { id } = await createClient(sandbox);
      await remove(sandbox, id);

      const patch = await api(sandbox, "PATCH", `${clientsPath}/${id}`, { body: { name: "x" } });
      const rotate = await api(sandbox, "POST", `${clientsPath}/${id}/rotate-secret`);

      expect([patch.status, rotate.status]).toStrictEqual([404, 404]);
    },
  );

  it("frees the name, unless it is set to hold it", async () => {
    const sandbox = await sandboxFor(storage, soft);
    const first = await createClient(sandbox);
    await remove(sandbox, first.id);
    const second = await createClient(sandbox);
    await remove(sandbox, second.id);

    sandbox.settings.rezolve.softDeletedHoldsName = true;
    const held = await api(sandbox, "POST", clientsPath, { body: fullClient });

    expect(held).toMatchObject({ status: 409, error: { code: "OAUTH_CLIENT_ALREADY_EXISTS" } });
  });

  it("forgets the client when its retention ends", async () => {
    const sandbox = await sandboxFor(storage, {
      settings: { rezolve: { deletion: "soft", retentionDays: 0.2 / 86_400 } },
    });
    const { id } = await createClient(sandbox);
    await remove(sandbox, id);
    expect(sandbox.clients.get(id)?.status).toBe("deleted");
    await sleep(300);

    expect(await remove(sandbox, id)).toMatchObject({ status: 404, error: { code: "OAUTH_CLIENT_NOT_FOUND" } });
    expect(sandbox.clients.list()).toStrictEqual([]);
  });
});

describe("Deletions that meet other requests", () => {
  it.each(storages)("let no token outlive the client, and count every token issued before (%s)", async (storage) => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);

    // Started in waves, so that some requests are done, some under way and some not begun when the deletion comes.
    const issuing: Promise<string | undefined>[] = [];
    const wave = () =>
      issuing.push(...Array.from({ length: 20 }, () => sandbox.issueToken(client).catch(() => undefined)));
    wave();
    await issuing[0];
    wave();
    const deleting = remove(sandbox, client.id);
    wave();
    const { data } = await deleting;
    const issued = (await Promise.all(issuing)).filter((token) => token !== undefined);

    expect(issued.length).toBeGreaterThan(0);
    expect(issued.length).toBeLessThan(issuing.length);
    expect(data.tokensRevoked).toBe(issued.length);
    for (const token of issued) expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
  });

  it("let no sign-in outlive the client", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox);

    const signingIn = Array.from({ length: 20 }, () => sandbox.signIn(client).catch(() => undefined));
    await signingIn[0];
    await remove(sandbox, client.id);
    const signedIn = (await Promise.all(signingIn)).filter((person) => person !== undefined);

    for (const { accessToken, refreshToken = "" } of signedIn) {
      expect(await sandbox.introspect(accessToken)).toStrictEqual({ active: false });
      expect(await sandbox.introspect(refreshToken)).toStrictEqual({ active: false });
    }
  });

  it.each([
    ["hard", 404],
    ["soft", 409],
  ] as const)("succeed once when they come together (%s: the others get %i)", async (deletion, refused) => {
    const sandbox = await startTestSandbox({ settings: { rezolve: { deletion } } });
    const client = await createClient(sandbox);
    await sandbox.issueToken(client);

    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(sandbox, client.id)));

    expect(answers.map(({ status }) => status).sort()).toStrictEqual([200, refused, refused, refused, refused]);
    expect(answers.find(({ status }) => status === 200)?.data.tokensRevoked).toBe(1);
  });
});
