import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Sandbox } from "../src/index.ts";
import {
  api,
  clientsPath,
  createClient,
  get,
  isoTime,
  refusal,
  type Storage,
  sandboxFor,
  storages,
} from "./support.ts";

const invalidClient = { oauthError: "invalid_client" };
const time = expect.stringMatching(isoTime);

async function rotate(sandbox: Sandbox, id: string, body?: unknown) {
  const answer = await api(sandbox, "POST", `${clientsPath}/${id}/rotate-secret`, { body });
  return { ...answer, secret: z.object({ clientSecret: z.string().nullish() }).parse(answer.data).clientSecret ?? "" };
}

describe.each(storages)("Rotating a secret, kept in %s", (storage: Storage) => {
  it("gives a new secret, shown once, and the old one dies at once", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const token = await sandbox.issueToken(client);

    const answer = await rotate(sandbox, client.id);

    expect(answer.status).toBe(200);
    expect(answer.data).toStrictEqual({
      id: client.id,
      name: "ServiceNow Integration",
      clientId: client.clientId,
      clientSecret: expect.stringMatching(/^sbx_[\w-]{43}$/),
      rotation: {
        rotatedAt: time,
        rotatedBy: { id: expect.any(String), name: expect.any(String), email: expect.any(String) },
        rotationCount: 1,
        previousSecretInvalidatedAt: time,
        gracePeriod: null,
      },
    });
    expect(await refusal(sandbox.issueToken(client))).toMatchObject(invalidClient);
    await expect(sandbox.issueToken({ ...client, clientSecret: answer.secret })).resolves.toEqual(expect.any(String));
    // Tokens do not hang on the secret.
    expect(await sandbox.introspect(token)).toMatchObject({ active: true });
  });

  it("is counted and dated", async () => {
    const sandbox = await sandboxFor(storage);
    const { id } = await createClient(sandbox);
    await rotate(sandbox, id);
    const { data } = await rotate(sandbox, id);

    const rotatedAt = z.object({ rotation: z.object({ rotatedAt: z.string() }) }).parse(data).rotation.rotatedAt;
    expect((await get(sandbox, id)).data.audit).toMatchObject({
      secretRotationCount: 2,
      lastSecretRotatedAt: rotatedAt,
      updatedAt: null,
    });
  });

  it("leaves the old secret working for the grace period, and not longer", async () => {
    const sandbox = await sandboxFor(storage, { settings: { rezolve: { rotation: { graceSeconds: 0.8 } } } });
    const client = await createClient(sandbox);

    const { data, secret } = await rotate(sandbox, client.id);

    expect(data.rotation).toMatchObject({ gracePeriod: { enabled: true, previousSecretValidUntil: time } });
    expect(data.rotation).not.toHaveProperty("previousSecretInvalidatedAt");
    await expect(sandbox.issueToken(client)).resolves.toEqual(expect.any(String));
    await sleep(1000);
    expect(await refusal(sandbox.issueToken(client))).toMatchObject(invalidClient);
    await expect(sandbox.issueToken({ ...client, clientSecret: secret })).resolves.toEqual(expect.any(String));
  });

  it("takes the grace period of the request, in minutes", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);

    const { data } = await rotate(sandbox, client.id, { gracePeriodMinutes: 10 });

    expect(data.rotation).toMatchObject({ gracePeriod: { enabled: true, minutes: 10 } });
    await expect(sandbox.issueToken(client)).resolves.toEqual(expect.any(String));
  });

  it("without grace ends secrets that were still in their grace period", async () => {
    const sandbox = await sandboxFor(storage);
    const client = await createClient(sandbox);
    const second = await rotate(sandbox, client.id, { gracePeriodMinutes: 10 });
    const third = await rotate(sandbox, client.id);

    expect(await refusal(sandbox.issueToken(client))).toMatchObject(invalidClient);
    expect(await refusal(sandbox.issueToken({ ...client, clientSecret: second.secret }))).toMatchObject(invalidClient);
    await expect(sandbox.issueToken({ ...client, clientSecret: third.secret })).resolves.toEqual(expect.any(String));
  });

  it.each([
    ["newClientSecret", undefined],
    ["new-beside-null", null],
  ] as const)("puts the secret where it is set to be: %s", async (field, beside) => {
    const sandbox = await sandboxFor(storage, { settings: { rezolve: { rotation: { field } } } });
    const client = await createClient(sandbox);

    const { data } = await rotate(sandbox, client.id);

    expect(data.clientSecret).toBe(beside);
    const clientSecret = String(data.newClientSecret);
    await expect(sandbox.issueToken({ ...client, clientSecret })).resolves.toEqual(expect.any(String));
  });

  it("is refused for a public client, and a bad grace period too", async () => {
    const sandbox = await sandboxFor(storage);
    const app = await createClient(sandbox, { name: "App", clientType: "public", grantTypes: ["authorization_code"] });
    const bot = await createClient(sandbox, { name: "Bot" });

    expect(await rotate(sandbox, app.id)).toMatchObject({ status: 422, error: { code: "VALIDATION_ERROR" } });
    expect(await rotate(sandbox, bot.id, { gracePeriodMinutes: -1 })).toMatchObject({ status: 400 });
    await expect(sandbox.issueToken(bot)).resolves.toEqual(expect.any(String));
  });
});

describe("A client that becomes public", () => {
  it("loses its secret for good, and gets one again by rotation once it is confidential", async () => {
    const sandbox = await sandboxFor("memory");
    const client = await createClient(sandbox);
    const path = `${clientsPath}/${client.id}`;
    const grantTypes = ["authorization_code"];
    await api(sandbox, "PATCH", path, { body: { clientType: "public", grantTypes } });
    await api(sandbox, "PATCH", path, { body: { clientType: "confidential", grantTypes: ["client_credentials"] } });

    expect(await refusal(sandbox.issueToken(client))).toMatchObject(invalidClient);
    const { secret } = await rotate(sandbox, client.id);
    await expect(sandbox.issueToken({ ...client, clientSecret: secret })).resolves.toEqual(expect.any(String));
  });
});
