import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Bench, type Values } from "./support.ts";

const ARGS: Values = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

describe("an id that the program names", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start("rezolve:OAuthClient");
  });
  afterAll(() => bench.sandbox.close());
  afterEach(() => bench.reset());
  const kind = { __kind: "rezolve:OAuthClient" };

  test("and that is the OAuth client id is told from the vendor's own", async () => {
    const { outputs } = await bench.create(ARGS);
    const clientId = String(outputs.clientId);
    const told = "it is the vendor's id of the client, not its OAuth client id";
    await expect(bench.create({ ...ARGS, adopt: { id: clientId } })).rejects.toThrow(told);
    await expect(bench.refresh({ id: clientId, outputs: kind })).rejects.toThrow(told);
    await expect(bench.delete({ id: clientId, outputs: { ...kind, tenantId: outputs.tenantId } })).rejects.toThrow(
      told,
    );
  });

  test("is in no state, and no error says that it stays there; one that is recorded stays", async () => {
    const { id, outputs } = await bench.create(ARGS);
    const unknown = { success: false, error: { code: "TENANT_NOT_FOUND", message: "Tenant not found" } };
    const answers = { times: 2, effect: { kind: "respond", status: 404, body: unknown } } as const;
    bench.sandbox.faults.add(answers);
    const read: unknown = await bench.refresh({ id, outputs: kind }).catch((error: unknown) => error);
    expect(String(Reflect.get(Object(read), "message"))).toMatch(/does not know this tenant(?!.*stays in the state)/);
    bench.restart();
    bench.sandbox.faults.add(answers);
    await expect(bench.refresh({ id, outputs })).rejects.toThrow(/does not know this tenant.*It stays in the state/);
  });
});
