import { request } from "node:http";
import { describe, expect, it } from "vitest";
import type { FaultEffect, FaultRule, Sandbox } from "../src/index.ts";
import { api, clientsPath, createClient, fullClient, get, rawApi, remove, startTestSandbox } from "./support.ts";

/** What a caller sees: an answer, or none. */
async function outcome(sandbox: Sandbox, method: string, path: string, body?: unknown) {
  try {
    const response = await rawApi(sandbox, method, path, { body });
    const { status } = response;
    try {
      return { status, text: await response.text() };
    } catch {
      return { status, text: "cut" };
    }
  } catch {
    return { status: "connection error", text: "" };
  }
}

const create = (sandbox: Sandbox) => outcome(sandbox, "POST", clientsPath, fullClient);

describe("A fault", () => {
  const cut = '{"success":true,"data":{"id":"client-';
  const effects: [
    effect: FaultEffect,
    seen: { status: unknown; text?: unknown },
    carriedOut: boolean,
    status: number | null,
  ][] = [
    [{ kind: "respond", status: 503, body: { busy: true } }, { status: 503, text: '{"busy":true}' }, false, 503],
    [
      { kind: "respond", status: 502, body: "<h1>Bad Gateway</h1>" },
      { status: 502, text: "<h1>Bad Gateway</h1>" },
      false,
      502,
    ],
    [{ kind: "respond", status: 500 }, { status: 500, text: expect.stringContaining("INTERNAL_ERROR") }, false, 500],
    [{ kind: "drop-before" }, { status: "connection error" }, false, null],
    [{ kind: "drop-after" }, { status: "connection error" }, true, null],
    [{ kind: "drop-before", reset: true }, { status: "connection error" }, false, null],
    [{ kind: "drop-after", reset: true }, { status: "connection error" }, true, null],
    [
      { kind: "edit", status: 201, set: { "/data/clientSecret": undefined, "/message": "odd" } },
      { status: 201, text: expect.stringMatching(/^(?=.*"message":"odd")(?!.*clientSecret)/) },
      true,
      201,
    ],
    [{ kind: "trickle", ms: 0 }, { status: 200, text: expect.stringContaining("clientSecret") }, true, 200],
    [
      { kind: "respond-after", status: 500 },
      { status: 500, text: expect.stringContaining("INTERNAL_ERROR") },
      true,
      500,
    ],
    [{ kind: "respond-after", status: 200, body: cut }, { status: 200, text: cut }, true, 200],
    [{ kind: "truncate" }, { status: 200, text: "cut" }, true, 200],
    [{ kind: "delay", ms: 5 }, { status: 200, text: expect.stringContaining("clientSecret") }, true, 200],
  ];

  it.each(effects)("%j", async (effect, seen, carriedOut, status) => {
    const sandbox = await startTestSandbox();
    const fault = sandbox.faults.add({ effect });

    expect(await create(sandbox)).toMatchObject(seen);

    expect(fault.hits).toBe(1);
    expect(sandbox.clients.count(fullClient.name)).toBe(carriedOut ? 1 : 0);
    expect(sandbox.requests.list()).toMatchObject([{ method: "POST", path: clientsPath, fault: effect.kind, status }]);
    // The next request finds the sandbox as ever.
    expect((await api(sandbox, "GET", clientsPath)).status).toBe(200);
  });

  it.each([
    [true, "ECONNRESET"],
    [false, "UND_ERR_SOCKET"],
  ])("that drops with reset %s is to the caller %s", async (reset, code) => {
    const sandbox = await startTestSandbox();
    for (const kind of ["drop-before", "drop-after"] as const) {
      sandbox.faults.add({ effect: { kind, reset } });

      await expect(rawApi(sandbox, "GET", clientsPath)).rejects.toMatchObject({ cause: { code } });
    }
  });

  it("after a deletion has really deleted", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox);
    const token = await sandbox.issueToken(client);
    sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "drop-after" } });

    expect(await outcome(sandbox, "DELETE", `${clientsPath}/${client.id}`)).toMatchObject({
      status: "connection error",
    });

    expect(await sandbox.introspect(token)).toStrictEqual({ active: false });
    expect((await remove(sandbox, client.id)).status).toBe(404);
  });

  it("that edits puts anything into the answer to a deletion that has happened", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox);
    const said = { deletedAt: "Bearer t0k", previousStatus: "<{%boom%}>", deletedBy: { id: "x", name: "Bearer t0k" } };
    const set = Object.fromEntries(Object.entries(said).map(([name, value]) => [`/data/${name}`, value]));
    sandbox.faults.add({ match: { method: "DELETE" }, effect: { kind: "edit", set } });

    const answer = await remove(sandbox, client.id);

    expect(answer).toMatchObject({ status: 200, data: { ...said, id: client.id, tokensRevoked: 0 } });
    expect(sandbox.clients.count()).toBe(0);
  });

  it("sends the headers and the content type that it is given", async () => {
    const sandbox = await startTestSandbox();
    const effect = {
      kind: "respond",
      status: 502,
      body: "<p>",
      contentType: "text/html",
      headers: { via: "proxy" },
    } as const;
    sandbox.faults.add({ effect });

    const response = await rawApi(sandbox, "GET", clientsPath);

    expect(response.headers.get("content-type")).toBe("text/html");
    expect(response.headers.get("via")).toBe("proxy");
    expect(response.headers.get("date")).not.toBeNull();
  });

  it.each([
    [400, "INVALID_PARAMETER"],
    [401, "UNAUTHORIZED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [409, "CONFLICT"],
    [422, "VALIDATION_ERROR"],
    [429, "RATE_LIMIT_EXCEEDED"],
    [500, "INTERNAL_ERROR"],
    [503, "SERVICE_UNAVAILABLE"],
  ])("without a body answers %i as the vendor does: %s", async (status, code) => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ effect: { kind: "respond", status } });

    const answer = await api(sandbox, "GET", clientsPath);

    expect(answer).toMatchObject({ status, success: false, error: { code } });
  });

  it("that delays makes the caller wait, and then carries the request out", async () => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ effect: { kind: "delay", ms: 150 } });

    const start = performance.now();
    expect((await create(sandbox)).status).toBe(200);

    expect(performance.now() - start).toBeGreaterThan(145);
  });

  it.each([
    [{ kind: "hang" }, 0],
    [{ kind: "early-hints", ms: 1 }, 0],
    [{ kind: "hang-after" }, 1],
  ] as const)("%j never answers, and does not keep the sandbox from closing", async (effect, clients) => {
    const sandbox = await startTestSandbox();
    const fault = sandbox.faults.add({ effect });
    const waiting = create(sandbox);
    while (fault.hits === 0) await new Promise(setImmediate);
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 100, "nothing"))]);

    expect(first).toBe("nothing");
    expect(sandbox.clients.count()).toBe(clients);
    await sandbox.close();
    expect(await waiting).toMatchObject({ status: "connection error" });
  });

  it("floods with 103, without end", async () => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ effect: { kind: "early-hints", ms: 1 } });
    const asked = request(sandbox.url);
    let hints = 0;
    const flooded = new Promise((resolve) => asked.on("information", () => ++hints === 50 && resolve(hints)));
    asked.on("error", () => {});
    asked.end();

    await flooded;

    asked.destroy();
    expect((await api(sandbox, "GET", clientsPath)).status).toBe(200);
  });

  it("trickles the body byte by byte", async () => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ effect: { kind: "trickle", ms: 1 } });
    const { body } = await rawApi(sandbox, "GET", clientsPath);
    const pieces: number[] = [];
    for await (const piece of body ?? []) pieces.push(piece.length);

    expect(pieces.length).toBeGreaterThan(10);
  });
});

describe("A fault rule", () => {
  const effect = { kind: "respond", status: 500 } as const;
  const statuses = async (sandbox: Sandbox, count: number) => {
    const seen: unknown[] = [];
    for (let i = 0; i < count; i++) seen.push((await outcome(sandbox, "GET", clientsPath)).status);
    return seen;
  };

  const rules: [title: string, rule: Omit<FaultRule, "effect">, expected: number[]][] = [
    ["hits once by default", {}, [500, 200, 200, 200]],
    ["hits as often as it says", { times: 2 }, [500, 500, 200, 200]],
    ["lets the first ones through", { skip: 2 }, [200, 200, 500, 200]],
    ["does both", { skip: 1, times: 2 }, [200, 500, 500, 200]],
    ["can hit for ever", { times: Number.POSITIVE_INFINITY }, [500, 500, 500, 500]],
    ["passes over other methods", { match: { method: "POST" } }, [200, 200, 200, 200]],
    ["takes a method in any case", { match: { method: "get" } }, [500, 200, 200, 200]],
    ["takes an exact path", { match: { path: clientsPath } }, [500, 200, 200, 200]],
    ["takes no path that only begins like it", { match: { path: "/api/v1" } }, [200, 200, 200, 200]],
    ["takes a part of the path without a leading slash", { match: { path: "oauth-cl" } }, [500, 200, 200, 200]],
    ["takes an expression", { match: { path: /clients$/g } }, [500, 200, 200, 200]],
    ["takes a vendor", { match: { vendor: "rezolve" } }, [500, 200, 200, 200]],
    ["passes over other vendors", { match: { vendor: "oauth" } }, [200, 200, 200, 200]],
  ];

  it.each(rules)("%s", async (_title, rule, expected) => {
    const sandbox = await startTestSandbox();
    const fault = sandbox.faults.add({ ...rule, effect });

    expect(await statuses(sandbox, 4)).toStrictEqual(expected);
    expect(fault.hits).toBe(expected.filter((status) => status === 500).length);
  });

  it("comes after those added before it, once they are used up", async () => {
    const sandbox = await startTestSandbox();
    sandbox.faults.add({ effect: { kind: "respond", status: 502 } });
    sandbox.faults.add({ effect: { kind: "respond", status: 503 } });

    expect(await statuses(sandbox, 3)).toStrictEqual([502, 503, 200]);
  });

  it("can be taken out, alone or with all others", async () => {
    const sandbox = await startTestSandbox();
    const one = sandbox.faults.add({ times: 9, effect: { kind: "respond", status: 502 } });
    sandbox.faults.add({ times: 9, effect: { kind: "respond", status: 503 } });

    expect(await statuses(sandbox, 1)).toStrictEqual([502]);
    one.remove();
    expect(await statuses(sandbox, 1)).toStrictEqual([503]);
    sandbox.faults.clear();
    expect(await statuses(sandbox, 1)).toStrictEqual([200]);
  });
});

describe("Faults at the token endpoint", () => {
  const form = { grant_type: "client_credentials", client_id: "ci", client_secret: "ci-secret" };
  const adminClients = [{ clientId: "ci", clientSecret: "ci-secret" }];
  const ask = async (sandbox: Sandbox) => {
    try {
      const response = await fetch(sandbox.tokenUrl, { method: "POST", body: new URLSearchParams(form) });
      const { status } = response;
      return { status, text: await response.text().catch(() => "cut") };
    } catch {
      return { status: "connection error", text: "" };
    }
  };

  const effects: [effect: FaultEffect, seen: object][] = [
    [
      { kind: "respond", status: 500 },
      { status: 500, text: '{"error":"server_error"}' },
    ],
    [
      { kind: "respond-after", status: 200, body: "{" },
      { status: 200, text: "{" },
    ],
    [{ kind: "drop-before" }, { status: "connection error" }],
    [{ kind: "drop-after" }, { status: "connection error" }],
    [{ kind: "truncate" }, { status: 200, text: "cut" }],
    [
      { kind: "edit", set: { "": { access_token: "odd" } } },
      { status: 200, text: '{"access_token":"odd"}' },
    ],
    [
      { kind: "trickle", ms: 0 },
      { status: 200, text: expect.stringMatching(/^\{.*access_token.*\}$/) },
    ],
    [
      { kind: "delay", ms: 1 },
      { status: 200, text: expect.stringContaining("access_token") },
    ],
  ];

  it.each(effects)("%j", async (effect, seen) => {
    const sandbox = await startTestSandbox({ adminClients });
    const fault = sandbox.faults.add({ match: { vendor: "oauth" }, effect });

    expect(await ask(sandbox)).toMatchObject(seen);

    expect(fault.hits).toBe(1);
    expect((await ask(sandbox)).status).toBe(200);
  });

  it("leave the sandbox's own helpers alone", async () => {
    const sandbox = await startTestSandbox();
    const client = await createClient(sandbox);
    const fault = sandbox.faults.add({ times: 9, effect: { kind: "respond", status: 500 } });

    const { accessToken } = await sandbox.signIn(client);

    expect(await sandbox.introspect(accessToken)).toMatchObject({ active: true });
    expect(fault.hits).toBe(0);
    expect((await get(sandbox, client.id)).status).toBe(500);
  });
});
