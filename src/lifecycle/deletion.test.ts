import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { response as responseOf } from "../../test/unit/facts.ts";
import { connectionTo, type NotedOperation, operationWith } from "../../test/unit/operation.ts";
import { json, serve } from "../../test/unit/server.ts";
import { freePort } from "../../tools/free-port.ts";
import type { Look } from "../core/absence.ts";
import type { AlreadyGoneMode } from "../core/deletion.ts";
import type { Revocation } from "../core/revocation.ts";
import { reader } from "../vendors/rezolve/api.ts";
import { rezolveDriver } from "../vendors/rezolve/driver.ts";
import { SecondLooks } from "../vendors/rezolve/looks.ts";
import type { WireClient } from "../vendors/rezolve/wire.ts";
import { callDelete } from "./call.ts";
import { deleteClient } from "./deletion.ts";
import type { Clients } from "./driver.ts";

const KNOWN = { id: "client-1", clientId: "sn_1", name: "CI bot" };

interface Attempt {
  /** Whether nothing is recorded of the client: the target of a deletion resource. */
  isStrange?: boolean;
  answer(response: ServerResponse): void;
  look?: Look;
  mode?: AlreadyGoneMode;
  abandon?: boolean;
  headers?: Record<string, string>;
}

interface Outcome {
  deleted: Promise<Revocation>;
  operation: NotedOperation;
  looks(): number;
}

async function attempt({ answer, ...how }: Attempt): Promise<Outcome> {
  const server = await serve(answer);
  return attemptAt(server.baseUrl, how);
}

function attemptAt(
  baseUrl: string,
  {
    look = { found: "absent" },
    mode = "verify",
    abandon = false,
    headers = {},
    isStrange = false,
  }: Omit<Attempt, "answer">,
): Outcome {
  const connection = connectionTo(baseUrl);
  const operation = operationWith(() => connection, abandon);
  let looks = 0;
  const never = () => Promise.reject(new Error("A deletion does not ask for this."));
  const clients: Clients<WireClient> = {
    create: never,
    find: never,
    named: never,
    all: never,
    patch: never,
    before: () => ({ before: [], sawAllBefore: false }),
    delete: (_id, judge, sent) =>
      callDelete(connection.http, reader, { method: "DELETE", path: "/client-1", headers, sent }, judge),
    look: async () => {
      looks += 1;
      return look;
    },
    noteMade: () => {},
    noteGone: () => {},
  };
  const driver = { ...rezolveDriver(new SecondLooks()), at: () => clients };
  const state = {
    ...(isStrange ? {} : { name: "CI bot", clientId: "sn_1" }),
    tenantId: "tenant-1",
    realmName: "acme-realm",
    baseUrl,
    deletion: { alreadyGone: mode },
  };
  const deleted = deleteClient(driver, "client-1", state, operation);
  return { deleted, operation, looks: () => looks };
}

const notFound = (response: ServerResponse) =>
  json(response, 404, { success: false, error: { code: "OAUTH_CLIENT_NOT_FOUND", message: "Not found" } });

describe("a deletion", () => {
  test("is one request and one piece of evidence, with the vendor's counts", async () => {
    const { deleted, operation, looks } = await attempt({
      answer: (response) =>
        json(response, 200, { success: true, data: { tokensRevoked: 245, activeSessionsTerminated: 12 } }),
    });
    expect(await deleted).toMatchObject({ outcome: "deleted", tokensRevoked: 245, activeSessionsTerminated: 12 });
    expect(operation.evidences).toMatchObject([
      {
        ...KNOWN,
        connection: "default",
        tenantId: "tenant-1",
        realmName: "acme-realm",
      },
    ]);
    expect(operation.evidences.map(({ client }) => String(client))).toEqual([
      'Rezolve OAuth client "CI bot" (client-1) in tenant tenant-1, realm acme-realm',
    ]);
    expect(looks()).toBe(0);
    expect(operation.logged).toEqual([]);
  });

  test("of a client that nobody knows takes its name from the answer, where that is about it", async () => {
    const answered = async (data: object) => {
      const answer = (response: ServerResponse) => json(response, 200, { success: true, data });
      const { deleted, operation } = await attempt({ isStrange: true, answer });
      await deleted;
      return operation.evidences.map(({ name, clientId, client }) => [name, clientId, String(client)]);
    };
    const where = "in tenant tenant-1, realm acme-realm";
    expect(await answered({ id: "client-1", name: "Old bot", clientId: "sn_9", tokensRevoked: 1 })).toEqual([
      ["Old bot", "sn_9", `Rezolve OAuth client "Old bot" (client-1) ${where}`],
    ]);
    for (const other of [{ id: "client-2", name: "Other" }, { name: "Other" }, { id: "client-1", name: 7 }]) {
      expect(await answered(other)).toEqual([[null, null, `Rezolve OAuth client (client-1) ${where}`]]);
    }
  });

  test("whose response is cut has no counts and is a deletion all the same", async () => {
    const { deleted } = await attempt({
      answer(response) {
        response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
        response.write('{"success":true,"data":{"tokensRevoked":24');
        setTimeout(() => response.socket?.destroy(), 30);
      },
    });
    expect(await deleted).toMatchObject({ outcome: "deleted", tokensRevoked: null, responseLost: false });
  });

  test("of a client that is not there takes one look, and is verified", async () => {
    const { deleted, operation, looks } = await attempt({ answer: notFound });
    expect(await deleted).toMatchObject({
      outcome: "already-gone",
      verified: true,
      vendorCode: "OAUTH_CLIENT_NOT_FOUND",
    });
    expect(looks()).toBe(1);
    expect(operation.evidences).toHaveLength(1);
  });

  test("that may not be verified warns", async () => {
    const looks: [Look, RegExp][] = [
      [{ found: "not-permitted", answer: responseOf(403) }, /permission to list the tenant's clients/],
      [{ found: "invisible", needs: "client.read.all" }, /client\.read\.all/],
    ];
    for (const [look, needs] of looks) {
      const { deleted, operation } = await attempt({ answer: notFound, look });
      expect(await deleted).toMatchObject({ outcome: "already-gone", verified: false });
      expect(operation.logged).toEqual([expect.stringMatching(/^explained: "Not verified" means that Rezolve/)]);
      expect(operation.logged.join()).toMatch(needs);
      expect(operation.evidences).toMatchObject([{ severity: "warning" }]);
    }
  });

  test("that failed leaves no evidence", async () => {
    const { deleted, operation } = await attempt({ answer: notFound, look: { found: "alive", status: "active" } });
    await expect(deleted).rejects.toMatchObject({ code: "client-alive" });
    expect(operation.evidences).toEqual([]);
  });

  test("in the modes without a look takes none", async () => {
    const trusting = await attempt({ answer: notFound, mode: "trust" });
    expect(await trusting.deleted).toMatchObject({ outcome: "already-gone", verified: false });
    const failing = await attempt({ answer: notFound, mode: "fail" });
    await expect(failing.deleted).rejects.toMatchObject({ code: "client-missing" });
    expect([trusting.looks(), failing.looks()]).toEqual([0, 0]);
  });
});

describe("a deletion that ends before anybody confirmed it", () => {
  test.each<[string, (response: ServerResponse) => void, number]>([
    ["whose answer is lost", (response) => response.socket?.destroy(), 0],
    ["that is answered with 502", (response) => json(response, 502, {}), 502],
    ["that is answered with a page", (response) => response.end("<html>Log in</html>"), 200],
  ])("%s says so, in the error and in a receipt", async (_what, answer, httpStatus) => {
    const { deleted, operation } = await attempt({ answer, look: { found: "alive", status: "active" } });
    await expect(deleted).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Cannot delete .* A DELETE was sent and may have been carried out; the next run finds/,
      ),
    });
    expect(operation.open).toMatchObject([{ outcome: "unconfirmed", httpStatus, responseLost: true, verified: null }]);
    expect(operation.evidences).toEqual([]);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["is refused", (response) => json(response, 403, { success: false, error: {} })],
    ["finds the client alive", notFound],
  ])("but %s leaves none", async (_what, answer) => {
    const { deleted, operation } = await attempt({ answer, look: { found: "alive", status: "active" } });
    await expect(deleted).rejects.toThrow(/Cannot delete (?!.*carried out)/);
    expect(operation.open).toEqual([]);
  });

  test("because the request cannot be sent at all leaves none", async () => {
    const server = await serve((response) => json(response, 200, { success: true }));
    const { deleted, operation } = attemptAt(server.baseUrl, { headers: { "x-tenantid": "日本" } });
    await expect(deleted).rejects.toThrow(/cannot be sent(?!.*carried out)/);
    expect([operation.open, server.requests]).toEqual([[], []]);
  });

  test("because nothing was sent leaves none", async () => {
    const { deleted, operation } = attemptAt(`http://127.0.0.1:${await freePort()}`, {});
    await expect(deleted).rejects.toThrow(/Cannot delete (?!.*carried out)/);
    expect(operation.open).toEqual([]);
  });

  test("because the process is about to be ended leaves one, and another if it is confirmed all the same", async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const { deleted, operation } = await attempt({ answer: arrived.resolve });
    const response = await arrived.promise;
    await operation.cutOff();
    expect(operation.open).toMatchObject([{ outcome: "unconfirmed", httpStatus: 0 }]);
    expect(operation.logged).toEqual([expect.stringMatching(/^warning: not confirmed yet: .*client-1.*still to come/)]);
    json(response, 200, { success: true, data: { tokensRevoked: 2 } });
    expect(await deleted).toMatchObject({ outcome: "deleted", tokensRevoked: 2 });
    expect(operation.open).toHaveLength(1);
    await operation.cutOff();
    expect(operation.open).toHaveLength(1);
  });

  test("but is forgotten by the state leaves the receipt of that", async () => {
    const { deleted, operation } = await attempt({ answer: (response) => json(response, 502, {}), abandon: true });
    expect(await deleted).toMatchObject({ outcome: "abandoned", responseLost: true });
    expect(operation.open).toEqual([]);
  });
});

describe("the emergency switch", () => {
  test("does not count where the client can be deleted", async () => {
    const { deleted, operation } = await attempt({
      answer: (response) => json(response, 200, { success: true, data: {} }),
      abandon: true,
    });
    expect(await deleted).toMatchObject({ outcome: "deleted" });
    expect(operation.logged).toEqual([]);
  });

  test.each([401, 403, 409, 422])("does not count where the vendor answers %i, and says so", async (status) => {
    const { deleted, operation } = await attempt({
      answer: (response) => json(response, status, { success: false, error: {} }),
      look: { found: "alive", status: "active" },
      abandon: true,
    });
    await expect(deleted).rejects.toMatchObject({ name: "OAuthClientsError" });
    expect(operation.logged).toEqual([expect.stringContaining("OAUTH_CLIENTS_ABANDON is set but does not count")]);
    expect(operation.evidences).toEqual([]);
  });

  test("counts where the vendor is not there, after a real attempt, loudly and with evidence", async () => {
    const { deleted, operation } = attemptAt(`http://127.0.0.1:${await freePort()}`, { abandon: true });
    expect(await deleted).toMatchObject({ outcome: "abandoned", httpStatus: 0, tokensRevoked: null });
    expect(operation.logged).toEqual([
      expect.stringMatching(/^warning: OAUTH_CLIENTS_ABANDON: Cannot delete .*ECONNREFUSED/),
    ]);
    expect(operation.evidences).toMatchObject([{ revocation: { outcome: "abandoned" } }]);
  });

  test("counts where the vendor keeps failing, or a page of somebody else's is there", async () => {
    const failing = await attempt({
      answer: (response) => json(response, 503, {}),
      abandon: true,
    });
    expect(await failing.deleted).toMatchObject({ outcome: "abandoned", httpStatus: 503 });
    const parked = await attempt({
      answer(response) {
        response.writeHead(404, { "content-type": "text/html" });
        response.end("<html>For sale</html>");
      },
      abandon: true,
    });
    expect(await parked.deleted).toMatchObject({ outcome: "abandoned", httpStatus: 404 });
  });

  test("that is off leaves the failure a failure", async () => {
    const { deleted } = attemptAt(`http://127.0.0.1:${await freePort()}`, {});
    await expect(deleted).rejects.toMatchObject({ code: "vendor-unavailable" });
  });
});
