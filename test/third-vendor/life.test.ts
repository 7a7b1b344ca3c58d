import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { build } from "tsdown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENT, DELETION, inputsThatAreOutputs, registration } from "../../src/pulumi/resource.ts";
import config from "../../tsdown.config.ts";
import { World } from "../engine/world.ts";
import { FIELDS } from "./acme/fields.ts";
import { type AcmeServer, startAcme, USER } from "./server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const REGISTRY = fileURLToPath(new URL("registry.ts", import.meta.url));

const CLASS = {
  ...CLIENT,
  kind: "acme:App",
  outputs: ["clientSecret", "revocation", "previousRevocation", "baseUrl", ...inputsThatAreOutputs(FIELDS)],
};

class App extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly zone: pulumi.Output<string | undefined>;
  declare readonly clientSecret: pulumi.Output<string | null>;
  declare readonly revocation: pulumi.Output<unknown>;
  declare readonly previousRevocation: pulumi.Output<unknown>;

  constructor(name: string, args: object, opts?: pulumi.CustomResourceOptions) {
    super(...registration(CLASS, name, args, opts));
  }
}

class AppDeletion extends pulumi.CustomResource {
  declare readonly tokensRevoked: pulumi.Output<number | null>;

  constructor(name: string, args: object) {
    super(...registration({ ...DELETION, kind: "acme:AppDeletion" }, name, args));
  }
}

let world: World;

/** The package as it would be with a third vendor: built from the same files, but for the line in the registry. */
beforeAll(async () => {
  world = await World.create();
  const folder = join(world.folder, "node_modules", "pulumi-oauth-clients");
  await mkdir(folder, { recursive: true });
  const exports = { "./provider": "./provider.js" };
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "pulumi-oauth-clients", version: "0.0.0", exports }),
  );
  const [provider] = [config].flat();
  await build({
    ...provider,
    config: false,
    cwd: ROOT,
    outDir: folder,
    dts: false,
    logLevel: "error",
    plugins: [
      provider?.plugins,
      {
        name: "a-third-vendor",
        resolveId: (source, importer) =>
          /\/registry\.ts$/.test(source) && importer !== REGISTRY ? REGISTRY : undefined,
      },
    ],
  });
});
afterAll(() => world.close());

/** Acme, and settings of a connection to it. */
async function connected(made = 0): Promise<AcmeServer> {
  const acme = await startAcme(made);
  Object.assign(world.environment, {
    ACME_BASE_URL: acme.baseUrl,
    ACME_SPACE: "space-1",
    ACME_USERNAME: USER.username,
    ACME_PASSWORD: USER.password,
    ACME_RETRY_BUDGET_SECONDS: "2",
  });
  return acme;
}

test("a third vendor lives its whole life without a change in a shared file", { timeout: 300_000 }, async () => {
  const acme = await connected();
  const requests = () =>
    acme.requests.splice(0).map(({ method, path }) => `${method} ${path.replace(/^.*\/zones/, "")}`);
  const program = { args: { name: "Portal", appKind: "web", callbackUrls: ["https://a.example.test"], zone: "z1" } };
  const stack = await world.stack(async () => {
    const { id, name, zone, clientSecret, revocation, previousRevocation } = new App("portal", program.args);
    return { id, name, zone, clientSecret, revocation, previousRevocation };
  });

  // Create: one request, with the credentials and the place of the settings.
  expect(await stack.up()).toMatchObject({
    ok: true,
    steps: { create: 1 },
    outputs: { id: "app-1", zone: "z1", clientSecret: "synthetic-secret-of-app-1", revocation: null },
  });
  expect(requests()).toEqual(["POST /z1/apps"]);
  expect(await stack.preview()).toMatchObject({ ok: true, steps: { same: 1 } });
  expect(requests()).toEqual([]);

  // Update in place.
  program.args = { ...program.args, callbackUrls: ["https://b.example.test"] };
  expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 } });
  expect(requests()).toEqual(["PATCH /z1/apps/app-1"]);

  // Drift is told, and set back.
  const [app] = acme.apps.values();
  if (app === undefined) throw new Error("There is no app.");
  app.title = "Renamed";
  const refresh = await stack.refresh();
  expect(refresh.text).toContain("was changed outside of Pulumi: name");
  expect(await stack.up()).toMatchObject({ ok: true, steps: { update: 1 }, outputs: { name: "Portal" } });
  expect(app.title).toBe("Portal");

  // Replacement: deleted first, counts in previousRevocation.
  program.args = { ...program.args, appKind: "native" };
  const replaced = await stack.up();
  expect(replaced).toMatchObject({
    ok: true,
    outputs: { id: "app-2", previousRevocation: { outcome: "deleted", tokensRevoked: 3, activeSessionsTerminated: 1 } },
  });

  // A default never moves it, and a place that the vendor does not know proves nothing.
  world.environment.ACME_SPACE = "space-2";
  expect((await stack.preview()).text).toContain("A default never moves a client");
  world.environment.ACME_SPACE = "space-1";

  // Gone outside: 410, looked into, and dropped by a refresh; the next up creates it again.
  acme.apps.clear();
  const gone = await stack.refresh();
  expect(gone.text).toContain("no longer exists: somebody deleted it outside of Pulumi");
  expect(await stack.up()).toMatchObject({ ok: true, steps: { create: 1 }, outputs: { id: "app-3" } });

  // A tombstone with the evidence.
  const alive = program.args;
  program.args = Object.assign({ status: "deleted" }, alive);
  expect(await stack.up()).toMatchObject({
    ok: true,
    steps: { update: 1 },
    outputs: { id: "app-3", clientSecret: null, revocation: { outcome: "deleted", tokensRevoked: 3 } },
  });
  program.args = alive;
  expect(await stack.up()).toMatchObject({ ok: true, outputs: { id: "app-4" } });

  // Adoption by name in no zone, and an offboarding of what is gone already.
  const body = { title: "Portal 2", kind: "web" };
  acme.apps.set("none/app-90", { key: "app-90", callbacks: [], made: Date.now(), ...body });
  const second = await world.stack(async () => {
    const adopted = new App("adopted", { name: "Portal 2", appKind: "web", adopt: { byName: true } });
    const old = new AppDeletion("old", { targetId: "app-91", deletion: { alreadyGone: "verify" } });
    return { id: adopted.id, tokensRevoked: old.tokensRevoked };
  });
  expect(await second.up()).toMatchObject({ ok: true, outputs: { id: "app-90", tokensRevoked: null } });

  // Already gone is a success, verified by a look; the receipts keep their fields.
  acme.apps.delete("z1/app-4");
  expect(await stack.destroy()).toMatchObject({ ok: true, steps: { delete: 1 } });
  expect(await second.destroy()).toMatchObject({ ok: true });
  expect(acme.apps.size).toBe(0);
  const receipts = await world.receipts();
  expect(receipts.map(({ id, outcome, verified, tokensRevoked }) => [id, outcome, verified, tokensRevoked])).toEqual([
    ["app-1", "deleted", null, 3],
    ["app-3", "deleted", null, 3],
    ["app-91", "already-gone", true, null],
    ["app-4", "already-gone", true, null],
    ["app-90", "deleted", null, 3],
  ]);
  expect(receipts[0]).toMatchObject({ kind: "acme:App", tenantId: "space-1", realmName: "z1", name: "Portal" });
  expect(receipts.at(-1)).toMatchObject({ tenantId: "space-1", realmName: null });
  expect(JSON.stringify(receipts) + replaced.text).not.toContain(USER.password);
});

test("what a third vendor never answered is settled by the shared rules", { timeout: 300_000 }, async () => {
  const acme = await connected(100);
  const ids = () => [...acme.apps.values()].map(({ key }) => key);
  const lost = async (title: string) => {
    const stack = await world.stack(async () => {
      const { id, previousRevocation } = new App("portal", { name: title, appKind: "web" });
      return { id, previousRevocation };
    });
    acme.losing.add("POST");
    acme.refusing.add("GET");
    const up = await stack.up();
    expect(up).toMatchObject({ ok: false });
    expect(up.text).toContain("The state keeps a claim on it");
    acme.losing.clear();
    acme.refusing.clear();
    return stack;
  };

  // The next up deletes what the lost creation made, and creates anew.
  const first = await lost("First");
  const [made = ""] = ids();
  expect(await first.up()).toMatchObject({ ok: true, outputs: { previousRevocation: { outcome: "deleted" } } });
  expect(ids()).not.toContain(made);
  expect(ids()).toHaveLength(1);

  // A refresh takes it over.
  const second = await lost("Second");
  const [, taken = ""] = ids();
  expect(await second.refresh()).toMatchObject({ ok: true });
  expect(await second.up()).toMatchObject({ ok: true, outputs: { id: taken } });

  // A name that is taken says where, in the vendor's own words for it.
  const third = await world.stack(async () => ({ id: new App("again", { name: "Second", appKind: "web" }).id }));
  const refused = await third.up();
  expect(refused).toMatchObject({ ok: false });
  expect(refused.text).toContain("the space already has a client of this name (HTTP 409, ");

  // A deletion that nobody confirmed leaves a receipt at once, and the next run finds out.
  acme.losing.add("DELETE");
  acme.refusing.add("GET");
  acme.apps.delete(`none/${taken}`);
  expect(await second.destroy()).toMatchObject({ ok: false });
  acme.losing.clear();
  acme.refusing.clear();
  expect(await second.destroy()).toMatchObject({ ok: true });
  const receipts = await world.receipts();
  expect(receipts.filter(({ id }) => id === taken)).toMatchObject([
    { outcome: "unconfirmed", responseLost: true, tokensRevoked: null },
    { outcome: "already-gone", responseLost: true, tokensRevoked: null },
  ]);
  expect(await first.destroy()).toMatchObject({ ok: true });
  expect(ids()).toEqual([]);
});
