/** States of every release, and of the next one, in the hands of the present build. */
import { copyFileSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { REPOSITORY } from "../cli/command.ts";
import {
  asFixture,
  begun,
  hasClient,
  isClaim,
  isOurs,
  loseCreations,
  type Made,
  ofFixture,
  type Program,
  resourcesOf,
  restore,
  STATES,
} from "./states/made.ts";
import { type StateResource, World } from "./world.ts";

const RELEASES = globSync("*.json", { cwd: STATES }).map((file) => basename(file, ".json"));
/** Every class, as its page is named. */
const KINDS = globSync("docs/resources/*.[A-Z]*.md", { cwd: REPOSITORY }).map((file) =>
  basename(file, ".md").replace(".", ":"),
);

async function programOf(version: string): Promise<Program> {
  const { program } = await import(pathToFileURL(join(STATES, `${version}.ts`)).href);
  return program;
}

/** What people see of a resource, in any order. */
const shown = (resources: readonly StateResource[]) =>
  resources
    .map(({ urn, id, outputs = {} }) => ({
      urn,
      id,
      outputs: Object.fromEntries(Object.entries(outputs).filter(([key]) => !key.startsWith("__"))),
    }))
    .sort((one, other) => one.urn.localeCompare(other.urn));

/** What every client is changed to, in place. */
const CHANGES: Readonly<Record<string, Record<string, unknown>>> = {
  "pulumi-nodejs:dynamic/rezolve:OAuthClient": { redirectUris: ["https://changed.example.test/callback"] },
  "pulumi-nodejs:dynamic/nexus:Client": { callbackUrls: ["https://changed.example.test/callback"] },
};

/** Whether the stack has a client at the vendor, which it manages. */
const isManaged = (resource: StateResource) => hasClient(resource) && !resource.external;

function changeEveryClient(): void {
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    const change = CHANGES[type];
    const isOver = change === undefined || props.status === "deleted" || opts.id !== undefined;
    return isOver ? undefined : { props: { ...props, ...change }, opts };
  });
}

describe.each(RELEASES)("a stack of version %s", (version) => {
  let world: World;
  let made: Made;
  let program: Program;
  let recorded: StateResource[];
  const ours = () => recorded.filter(isOurs);
  const claims = () => recorded.filter(isClaim);
  /** What the release was not sure of has no client. */
  const neverMade = () => {
    for (const { outputs } of claims()) {
      const made = world.sandbox.clients.find(String(outputs?.name));
      if (made !== undefined) world.sandbox.clients.remove(made.id, "hard");
    }
  };
  const clients = () => recorded.filter(isManaged);

  beforeAll(async () => {
    world = await World.create();
    made = await begun(world);
    program = await programOf(version);
    made.turn.program = () => program(made.places, 2);
    const up = await made.stack.up();
    expect(up.ok, up.text).toBe(true);
    const { name } = await made.stack.stack.workspace.projectSettings();
    const text = readFileSync(join(STATES, `${version}.json`), "utf8");
    recorded = ofFixture(text, await resourcesOf(made.stack), world.sandbox.url, name);
    neverMade();
  });
  afterAll(() => world.close());

  test("shows no change, and asks for nothing but what is looked up", async () => {
    await restore(made, recorded);
    const looked = ours().filter(({ external }) => external).length;
    const preview = await made.stack.preview();
    expect(preview).toMatchObject({ ok: true, requests: looked });
    const replaced = claims().length;
    expect(preview.steps).toMatchObject({ same: ours().length - looked - replaced });
    expect(preview.steps.read ?? 0).toBe(looked);
    expect(preview.steps.replace ?? 0).toBe(replaced);
    expect(preview.steps).not.toHaveProperty("update");
  });

  test("is refreshed without a difference", async () => {
    await restore(made, recorded);
    const refresh = await made.stack.refresh();
    expect(refresh.ok, refresh.text).toBe(true);
    // The stack is one of them; what was never made goes.
    const gone = claims().length === 0 ? {} : { delete: claims().length };
    const changes = refresh.events.flatMap(({ summaryEvent }) => summaryEvent?.resourceChanges ?? []);
    expect(changes).toEqual([{ same: ours().length - claims().length + 1, ...gone }]);
    // What a vendor filled in may be added.
    const after = (await resourcesOf(made.stack)).filter(isOurs);
    expect(shown(after)).toMatchObject(shown(ours().filter((one) => !isClaim(one))));
  });

  test("is updated in place", async () => {
    await restore(made, recorded);
    made.turn.program = () => {
      changeEveryClient();
      program(made.places, 2);
    };
    const up = await made.stack.up();
    expect(up.ok, up.text).toBe(true);
    expect(up.steps.update).toBe(clients().length);
    expect(up.steps.replace ?? 0).toBe(claims().length);
    const changed = clients().map(({ id = "" }) => world.sandbox.clients.get(id)?.redirectUris);
    expect(changed).toEqual(clients().map(() => ["https://changed.example.test/callback"]));
    neverMade();
  });

  test("is destroyed with evidence", async () => {
    await restore(made, recorded);
    const destroy = await made.stack.destroy();
    expect(destroy.ok, destroy.text).toBe(true);
    await expectEvidence(world, clients());
    // What is over already is not asked about again.
    const over = ours().filter(({ outputs }) => outputs?.status === "deleted");
    const receipts = await world.receipts();
    for (const { id } of over) expect(receipts.some((receipt) => receipt.id === id)).toBe(false);
  });
});

describe("a stack of the next version", () => {
  let world: World;
  let made: Made;
  let recorded: StateResource[];

  beforeAll(async () => {
    world = await World.create();
    made = await begun(world);
    const program = await programOf("next");
    made.turn.program = () => program(made.places, 1);
    const first = await made.stack.up();
    expect(first.ok, first.text).toBe(true);
    made.turn.program = () => program(made.places, 2);
    loseCreations(world);
    const second = await made.stack.up({ continueOnError: true });
    expect(second.ok).toBe(false);
    world.sandbox.faults.clear();
    recorded = await resourcesOf(made.stack);
  });
  afterAll(() => world.close());

  test("has every kind of resource, a look-up, and a claim of each vendor", () => {
    const kinds = recorded.filter(isOurs).map(({ type }) => type.replace("pulumi-nodejs:dynamic/", ""));
    expect([...new Set(kinds)].sort()).toEqual(KINDS.sort());
    expect(recorded.filter(({ external }) => external)).toHaveLength(1);
    expect(recorded.filter(isClaim)).toHaveLength(2);
  });

  test("is refused where a newer version wrote it with another protocol, and nothing is done", async () => {
    const newer = JSON.stringify(recorded).replaceAll("createProvider(1)", "createProvider(2)");
    await restore(made, JSON.parse(newer));
    const refusal =
      "was written with version 2 of the provider's protocol; this pulumi-oauth-clients knows version 1. Install a newer";
    const preview = await made.stack.preview();
    expect(preview.ok).toBe(false);
    expect(preview.text).toContain(refusal);
    const destroy = await made.stack.destroy();
    expect(destroy).toMatchObject({ ok: false, requests: 0 });
    expect(destroy.text).toContain(refusal);
  });

  test("is read and destroyed with evidence where a newer version added what this one does not know", async () => {
    const later = { later: { said: "more" }, __later: 1 };
    const newer = recorded.map((one) => (isOurs(one) ? { ...one, outputs: { ...one.outputs, ...later } } : one));
    await restore(made, newer);
    const claims = recorded.filter(isClaim).length;
    const preview = await made.stack.preview();
    expect(preview.ok, preview.text).toBe(true);
    // Claims are settled by a replacement.
    expect(preview.steps).toMatchObject({
      same: recorded.filter(isOurs).length - claims - 1,
      read: 1,
      replace: claims,
    });
    expect(preview.steps).not.toHaveProperty("update");
    const destroy = await made.stack.destroy();
    expect(destroy.ok, destroy.text).toBe(true);
    await expectEvidence(world, recorded.filter(isManaged));
  });

  // With a release: `npm run state-fixture`.
  test.runIf(process.env.STATE_FIXTURE === "write")("is kept as a fixture", async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")));
    expect(RELEASES, "a fixture is kept, and what is out there never changes").not.toContain(version);
    const { name } = await made.stack.stack.workspace.projectSettings();
    writeFileSync(join(STATES, `${version}.json`), asFixture(recorded, world.sandbox.url, name));
    copyFileSync(join(STATES, "next.ts"), join(STATES, `${version}.ts`));
  });
});

async function expectEvidence(world: World, clients: readonly StateResource[]): Promise<void> {
  const ids = new Set(clients.map(({ id }) => id));
  const receipts = (await world.receipts()).filter(({ id }) => ids.has(id));
  expect(receipts.map(({ id, outcome }) => ({ id, outcome }))).toHaveLength(ids.size);
  for (const one of receipts) expect(one).toMatchObject({ outcome: "deleted", responseLost: false });
  for (const { id = "" } of clients) expect(world.sandbox.clients.get(id)).toBeUndefined();
}
