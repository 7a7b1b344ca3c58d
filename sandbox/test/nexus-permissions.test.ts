import { describe, expect, it } from "vitest";
import type { AdminTokenOptions, NexusPermission, Sandbox } from "../src/index.ts";
import { mayReach } from "../src/nexus/permissions.ts";
import { clientsPath, createNexusClient, fullBody, listPage, nexus } from "./nexus-support.ts";
import { startTestSandbox } from "./support.ts";

/** The client under test is owned by `u-1` and `role-2`, and belongs to the product `portal`. */
type Who = "owner" | "role" | "product" | "nobody";

const callers: Record<Who, AdminTokenOptions> = {
  owner: { user: { id: "u-1" } },
  role: { user: { id: "u-9" }, memberRoles: ["role-1", "role-2"] },
  product: { user: { id: "u-9" }, products: ["shop", "portal"] },
  nobody: { user: { id: "u-9" }, memberRoles: ["role-1", "u-10"], products: ["shop", "Portal"] },
};

/** `missing`: not even the plain permission; `outside`: the client is outside the caller's reach. */
type Verdict = "allowed" | "missing" | "outside";

type Row = [who: Who, permissions: NexusPermission[], read: Verdict, write: Verdict];

const rows: Row[] = [
  ["owner", [], "missing", "missing"],
  ["owner", ["client.read"], "allowed", "missing"],
  ["owner", ["client.write"], "missing", "allowed"],
  ["owner", ["client.read", "client.write"], "allowed", "allowed"],
  ["role", [], "missing", "missing"],
  ["role", ["client.read"], "allowed", "missing"],
  ["role", ["client.write"], "missing", "allowed"],
  ["product", [], "missing", "missing"],
  ["product", ["client.read"], "allowed", "missing"],
  ["product", ["client.write"], "missing", "allowed"],
  ["nobody", [], "missing", "missing"],
  ["nobody", ["client.read"], "outside", "missing"],
  ["nobody", ["client.write"], "missing", "outside"],
  ["nobody", ["client.read", "client.write"], "outside", "outside"],
  ["nobody", ["client.read.all"], "allowed", "missing"],
  ["nobody", ["client.write.all"], "missing", "allowed"],
  ["nobody", ["client.read.all", "client.write"], "allowed", "outside"],
  ["nobody", ["client.read", "client.write.all"], "outside", "allowed"],
  ["nobody", ["client.read.all", "client.write.all"], "allowed", "allowed"],
];

const named = (part: 2 | 3) =>
  rows.map((row) => [row[0], row[1].join(" and ") || "no permission", row[part], row] as const);

/** What a refusal says about its reason. */
function reason(verdict: Verdict, plain: string): unknown {
  const detail = verdict === "missing" ? `The permission ${plain} or ${plain}.all is required.` : /outside.*reach/;
  return expect.objectContaining({ status: 403, title: "Forbidden", detail: expect.stringMatching(detail) });
}

async function sandboxWithClient(): Promise<{ sandbox: Sandbox; id: string }> {
  const sandbox = await startTestSandbox();
  const { id } = await createNexusClient(sandbox);
  return { sandbox, id };
}

describe("A list", () => {
  it.each(named(2))("for %s with %s: %s", async (who, _permissions, verdict, [, permissions]) => {
    const { id, sandbox } = await sandboxWithClient();
    const token = { ...callers[who], permissions };

    const answer = await nexus(sandbox, "GET", clientsPath(sandbox), { token });

    if (verdict === "missing") {
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual(reason(verdict, "client.read"));
      return;
    }
    // What is out of reach is left out without a word, in the count too.
    const ids = verdict === "allowed" ? [id] : [];
    const { count, value } = await listPage(sandbox, "", { token });
    expect([count, value.map((client) => client.id)]).toStrictEqual([ids.length, ids]);
  });
});

describe("A patch", () => {
  it.each(named(3))("by %s with %s: %s", async (who, _permissions, verdict, [, permissions]) => {
    const { id, sandbox } = await sandboxWithClient();
    const request = { token: { ...callers[who], permissions }, body: { applicationName: "Changed" } };

    const answer = await nexus(sandbox, "PATCH", clientsPath(sandbox, id), request);

    expect(answer.status).toBe(verdict === "allowed" ? 200 : 403);
    if (verdict !== "allowed") expect(answer.body).toEqual(reason(verdict, "client.write"));
    expect(sandbox.clients.get(id)?.attributes.applicationName).toBe(
      verdict === "allowed" ? "Changed" : fullBody.client_metadata.applicationName,
    );
  });
});

describe("A deletion", () => {
  it.each(named(3))("by %s with %s: %s", async (who, _permissions, verdict, [, permissions]) => {
    const { id, sandbox } = await sandboxWithClient();

    const answer = await nexus(sandbox, "DELETE", clientsPath(sandbox, id), {
      token: { ...callers[who], permissions },
    });

    expect(answer.status).toBe(verdict === "allowed" ? 204 : 403);
    if (verdict !== "allowed") expect(answer.body).toEqual(reason(verdict, "client.write"));
    expect(sandbox.clients.count()).toBe(verdict === "allowed" ? 0 : 1);
  });
});

describe("The rule itself", () => {
  const owned = { owners: ["u-1"], productName: "portal" };

  it.each<[permissions: NexusPermission[], read: boolean, write: boolean]>([
    [[], false, false],
    [["client.read"], true, false],
    [["client.write"], false, true],
    [["client.read.all"], true, false],
    [["client.write.all"], false, true],
  ])("gives an owner in the product scope with %j: read %s, write %s", (permissions, read, write) => {
    const owner = { actor: { id: "u-1" }, memberRoles: [], products: ["portal"], permissions };

    expect([mayReach("read", owner, owned), mayReach("write", owner, owned)]).toStrictEqual([read, write]);
  });
});

describe("A creation", () => {
  it.each([
    [["client.write"], 201],
    [["client.write.all"], 201],
    [["client.read", "client.read.all"], 403],
    [[], 403],
  ] as const)("with %j answers %i, whoever the owners are", async (permissions, status) => {
    const sandbox = await startTestSandbox();

    const answer = await nexus(sandbox, "POST", clientsPath(sandbox), {
      body: fullBody,
      token: { ...callers.nobody, permissions },
    });

    expect(answer.status).toBe(status);
    expect(sandbox.clients.count()).toBe(status === 201 ? 1 : 0);
    if (status === 403) expect(answer.body).toEqual(reason("missing", "client.write"));
  });
});

describe("Ownership", () => {
  const plain: NexusPermission[] = ["client.read", "client.write"];

  it("follows a patch at once, so that an owner can lock himself out", async () => {
    const { id, sandbox } = await sandboxWithClient();
    const owner = { token: { ...callers.owner, permissions: plain } };
    const path = clientsPath(sandbox, id);

    const given = await nexus(sandbox, "PATCH", path, { ...owner, body: { owners: ["u-2"] } });
    const after = await nexus(sandbox, "PATCH", path, { ...owner, body: { owners: ["u-1"] } });

    expect([given.status, after.status]).toStrictEqual([200, 403]);
    expect((await listPage(sandbox, "", owner)).count).toBe(0);
    const heir = { token: { user: { id: "u-2" }, permissions: plain } };
    expect((await listPage(sandbox, "", heir)).count).toBe(1);
    expect((await nexus(sandbox, "DELETE", path, heir)).status).toBe(204);
  });

  it("is nobody's where a client has no owners and no product", async () => {
    const sandbox = await startTestSandbox();
    const { id } = await createNexusClient(sandbox, { client_metadata: null });
    const request = { token: { ...callers.product, memberRoles: ["role-2"], permissions: plain } };

    expect((await listPage(sandbox, "", request)).count).toBe(0);
    expect((await nexus(sandbox, "DELETE", clientsPath(sandbox, id), request)).status).toBe(403);
  });

  it("is looked for in the clients that a list finds, before paging and counting", async () => {
    const sandbox = await startTestSandbox();
    for (const owners of ["u-1", "u-2", "u-1", "u-2", "u-1"]) {
      await createNexusClient(sandbox, { client_metadata: { owners } });
    }

    const request = { token: { ...callers.owner, permissions: plain } };

    expect(await listPage(sandbox, "?top=2&skip=1", request)).toMatchObject({
      count: 3,
      value: [{ owners: ["u-1"] }, { owners: ["u-1"] }],
    });
  });
});
