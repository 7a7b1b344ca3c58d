import { describe, expect, onTestFinished, test } from "vitest";
import { operationWith } from "../../test/unit/operation.ts";
import { json, type LocalServer, serve } from "../../test/unit/server.ts";
import { say } from "../core/text.ts";
import { HttpClient } from "../http/client.ts";
import { fixedToken } from "../http/credential.ts";
import { type Lifecycle, PartialFailure } from "../vendors/lifecycle.ts";
import { vendors } from "../vendors/registry.ts";
import { TimeLimit } from "./guard.ts";

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
  const found = vendors.flatMap((one) => one.lifecycles()).find((lifecycle) => lifecycle.kind === kind);
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found;
}

/** Creates a client and gives up as soon as the server has had so many requests. */
async function createUntil(vendor: VendorName, server: LocalServer, requests: number): Promise<unknown> {
  const client = new HttpClient({
    baseUrl: server.baseUrl,
    credential: fixedToken("token-1", say`the token from somewhere`),
    timeoutMs: 20_000,
    retryBudgetMs: 600_000,
    maxConcurrency: 4,
    stopping: new AbortController().signal,
  });
  onTestFinished(() => client.close());
  const limit = new TimeLimit(new AbortController().signal, { answersMs: 20, lastMs: 60_000 });
  const http = client.within(limit);
  const operation = {
    ...operationWith(() => ({
      name: "default",
      tenantId: null,
      realmName: null,
      operationLimitMs: 0,
      settlesMs: 0,
      http,
    })),
    exists: limit.exists.bind(limit),
  };
  const created = lifecycleOf(vendor).create(inputs[vendor], operation);
  const reached = setInterval(() => {
    if (server.requests.length < requests) return;
    clearInterval(reached);
    limit.start(1, "creation");
  }, 5);
  return limit.race(created).catch((error: unknown) => error);
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
