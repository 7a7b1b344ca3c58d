import { describe, expect, onTestFinished, test } from "vitest";
import { type NotedOperation, operationWith } from "../../test/unit/operation.ts";
import { json, type LocalServer, serve } from "../../test/unit/server.ts";
import { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import { HttpClient } from "../http/client.ts";
import { fixedToken } from "../http/credential.ts";
import { Hosts } from "../http/throttle.ts";
import { type Lifecycle, PartialFailure } from "../lifecycle/lifecycle.ts";
import { readable } from "../runtime/readable.ts";
import { vendors } from "../vendors/registry.ts";
import { lifecyclesOf } from "../vendors/vendor.ts";
import { TimeLimit } from "./time-limit.ts";

const inputs = {
  rezolve: {
    name: "CI bot",
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
    tenantId: "tenant-1",
    status: "inactive",
  },
  nexus: { name: "Portal", appType: "regular_web", tenantId: "tenant-1", status: "active" },
};
type VendorName = keyof typeof inputs;

function lifecycleOf(vendor: VendorName): Lifecycle {
  const kind = vendor === "rezolve" ? "rezolve:OAuthClient" : "nexus:Client";
  const found = vendors.flatMap(lifecyclesOf).find((lifecycle) => lifecycle.kind === kind);
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found;
}

/** Creates a client and gives up as soon as the server has had so many requests. */
async function createUntil(vendor: VendorName, server: LocalServer, requests: number): Promise<unknown> {
  const { limited } = limitedTo(server, requests, "creation");
  return limited((operation) => lifecycleOf(vendor).create(inputs[vendor], operation));
}

function clientOf(server: LocalServer): HttpClient {
  const client = new HttpClient({
    baseUrl: server.baseUrl,
    credential: fixedToken("token-1", say`the token from somewhere`),
    timeoutMs: 20_000,
    retryBudgetMs: 600_000,
    maxConcurrency: 4,
    hosts: new Hosts(),
    stopping: new AbortController().signal,
  });
  onTestFinished(() => client.close());
  return client;
}

/** An operation with a time limit of its own, which counts from when it is started. */
function operationOn(client: HttpClient) {
  const limit = new TimeLimit(new AbortController().signal, { answersMs: 20, lastMs: 60_000 });
  const http = client.within(limit);
  const operation = {
    ...operationWith(() => ({
      name: "default",
      place: {},
      settingNames: (key) => key,
      operationLimitMs: 0,
      settlesMs: 0,
      uniqueNames: false,
      http,
    })),
    exists: limit.exists.bind(limit),
  };
  return { limit, operation };
}

/** An operation that is given up as soon as the server has had so many requests. */
function limitedTo(server: LocalServer, requests: number, action: string) {
  const { limit, operation } = operationOn(clientOf(server));
  const limited = (run: (operation: NotedOperation) => Promise<unknown>): Promise<unknown> => {
    const running = run(operation);
    const reached = setInterval(() => {
      if (server.requests.length < requests) return;
      clearInterval(reached);
      limit.start(1, action);
    }, 5);
    return limit.race(running).catch((error: unknown) => error);
  };
  return { operation, limited };
}

const CREATED = {
  rezolve: { success: true, data: { id: "client-1", clientId: "oauth-1", clientSecret: "s3cr3t", name: "CI bot" } },
  nexus: { id: "client-1" },
};

describe.each<VendorName>(["rezolve", "nexus"])("a creation at %s whose time is up", (vendor) => {
  test.each([
    ["is to be tried again", (answer: Parameters<typeof json>[0]) => json(answer, 429, {}, { "retry-after": "300" })],
    ["is never answered", () => {}],
  ])("keeps the client that it made in the state, where what came after it %s", async (_what, second) => {
    const server = await serve((answer, _request, number) =>
      number === 1 ? json(answer, 201, CREATED[vendor]) : second(answer),
    );
    const error = await createUntil(vendor, server, 2);
    expect(error).toBeInstanceOf(PartialFailure);
    expect(error).toMatchObject({ recorded: { id: "client-1", outputs: { name: inputs[vendor].name } } });
    expect(server.requests).toHaveLength(2);
  });

  test("keeps a claim where no answer came, and sends nothing more to find out", async () => {
    const server = await serve(() => {});
    const error = await createUntil(vendor, server, 1);
    expect(error).toMatchObject({
      recorded: { id: expect.stringContaining("claim:"), outputs: { name: inputs[vendor].name } },
      cause: {
        code: "create-ambiguous",
        message: expect.stringMatching(/not waited for any longer.* Looking it up failed too: Gave up/),
      },
    });
    expect(server.requests).toHaveLength(1);
  });

  test("sends nothing more where the creation itself is to be tried again", async () => {
    const server = await serve((answer) => json(answer, 429, {}, { "retry-after": "300" }));
    const error = await createUntil(vendor, server, 1);
    expect(error).toMatchObject({ code: "operation-timeout" });
    expect(server.requests).toHaveLength(1);
  });
});

test.each<[VendorName, string]>([
  ["rezolve", "scopes"],
  ["nexus", "callbackUrls"],
])("an update at %s whose time is up on its way leaves what it changes in doubt", async (vendor, field) => {
  const server = await serve(() => {});
  const { limited } = limitedTo(server, 1, "update");
  const state = { ...inputs[vendor], status: "active", baseUrl: server.baseUrl };
  const error = await limited((given) =>
    lifecycleOf(vendor).update("client-1", state, { ...state, [field]: ["changed"] }, given),
  );
  expect(error).toMatchObject({ recorded: { id: "client-1", outputs: { name: state.name, __inDoubt: [field] } } });
});

describe.each<VendorName>(["rezolve", "nexus"])("a deletion at %s whose time is up", (vendor) => {
  async function deleteUntil(server: LocalServer, requests: number) {
    const { operation, limited } = limitedTo(server, requests, "deletion");
    const state = { ...inputs[vendor], baseUrl: server.baseUrl };
    const error = await limited((given) => lifecycleOf(vendor).delete("client-1", state, given));
    return { error, operation };
  }

  test("before any answer came says that the DELETE may have been carried out, and leaves a receipt of it", async () => {
    const server = await serve(() => {});
    const { error, operation } = await deleteUntil(server, 1);
    expect(error).toMatchObject({ message: expect.stringMatching(/A DELETE was sent and may have been carried out/) });
    expect(operation.open).toMatchObject([{ outcome: "unconfirmed", httpStatus: 0 }]);
  });

  test("between two tries does the same where the first may have been carried out, and nothing where it was not", async () => {
    for (const [status, open] of [
      [503, 1],
      [429, 0],
    ] as const) {
      const server = await serve((answer) => json(answer, status, {}, { "retry-after": "300" }));
      const { error, operation } = await deleteUntil(server, 1);
      expect(error).toMatchObject({ code: "operation-timeout" });
      expect(operation.open).toHaveLength(open);
    }
  });
});

test("a listing that several reads wait for does not end with the one that began it", async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const server = await serve(async (answer) => {
    asked.resolve();
    await answered.promise;
    json(answer, 200, { value: [{ id: "client-1", name: "Portal" }] });
  });
  const client = clientOf(server);
  const lifecycle = lifecycleOf("nexus");
  const state = { ...inputs.nexus, baseUrl: server.baseUrl };
  const read = ({ operation, limit }: ReturnType<typeof operationOn>) =>
    limit.race(lifecycle.read("client-1", state, operation));
  const [first, second] = [operationOn(client), operationOn(client)];
  const began = read(first);
  const joined = read(second);
  await asked.promise;
  first.limit.start(1, "read");
  await expect(began).rejects.toMatchObject({ code: "operation-timeout" });
  answered.resolve();
  expect(await joined).toMatchObject({ id: "client-1" });
  expect(server.requests.filter(({ path }) => path.includes("skip=0"))).toHaveLength(1);
});

describe("a time limit", () => {
  const going = () => new AbortController().signal;
  const started = (ms: number, interrupted = going()) => {
    const limit = new TimeLimit(interrupted, { answersMs: 20, lastMs: 20 });
    limit.start(ms, "creation");
    return limit;
  };
  const timedOut = { code: "operation-timeout", message: expect.stringContaining("the creation had not ended") };

  test("first ends what is sent, then what is waited for, and then leaves what does not end to itself", async () => {
    const limit = started(20);
    const order: string[] = [];
    limit.sending.addEventListener("abort", () => order.push("sending"));
    limit.answers.addEventListener("abort", () => order.push("answers"));
    const error = await limit.race(new Promise(() => {})).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(timedOut);
    expect(error).toHaveProperty("message", expect.stringContaining("may still be carried out"));
    expect(order).toEqual(["sending", "answers"]);
    expect(limit.sending.reason).toMatchObject(timedOut);
  });

  test("lets an operation end in its own way when nothing more is sent", async () => {
    const limit = started(20);
    const inItsOwnWay = new Promise((_resolve, reject) => {
      limit.sending.addEventListener("abort", () => setImmediate(reject, new Error("ended by itself")));
    });
    await expect(limit.race(inItsOwnWay)).rejects.toThrow("ended by itself");
  });

  test("carries a client that exists, also where the operation does not end", async () => {
    const limit = started(20);
    const recorded = { id: "client-1", outputs: { name: "CI bot" } };
    limit.exists(recorded);
    const error = await limit.race(new Promise(() => {})).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PartialFailure);
    expect(error).toMatchObject({ recorded, cause: timedOut });
    expect(readable(error, new Redactor()).recorded).toEqual({ id: "client-1", outputs: { name: "CI bot" } });
  });

  test("lets through what ends before it, good or bad", async () => {
    expect(await started(60_000).race(Promise.resolve(5))).toBe(5);
    await expect(started(60_000).race(Promise.reject(new Error("boom")))).rejects.toThrow("boom");
  });

  test("that was never started never ends anything", async () => {
    const limit = new TimeLimit(going());
    expect(await limit.race(new Promise((resolve) => setTimeout(() => resolve("done"), 30)))).toBe("done");
    expect(limit.sending.aborted).toBe(false);
  });

  test("counts from its first start", async () => {
    const limit = started(20);
    limit.start(600_000, "creation");
    await expect(limit.race(new Promise(() => {}))).rejects.toMatchObject(timedOut);
  }, 20_000);

  test.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])("of %d ms is not over at once", async (ms) => {
    const limit = started(ms);
    expect(await limit.race(new Promise((resolve) => setTimeout(() => resolve("done"), 50)))).toBe("done");
  });

  test("also ends what is sent when the process is told to stop, and nothing else", async () => {
    const stop = new AbortController();
    const limit = started(60_000, stop.signal);
    stop.abort();
    expect(limit.sending.aborted).toBe(true);
    expect(limit.answers.aborted).toBe(false);
    expect(await limit.race(Promise.resolve(5))).toBe(5);
    expect(started(60_000, stop.signal).sending.aborted).toBe(true);
  });
});
