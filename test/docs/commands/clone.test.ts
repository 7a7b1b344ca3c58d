/** What the pages say to do in a clone of this repository, typed in one. */
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../../tools/free-port.ts";
import { freshTree, ROOT } from "../../../tools/release/packing.ts";
import type { Command } from "../../cli/command.ts";
import { VENDORS } from "../../cli/tenant.ts";
import { foreignFolder } from "../../pack/foreign.ts";
import { RUN, Typed } from "./places.ts";
import { Reader } from "./reader.ts";
import { replaced } from "./words.ts";

const [start, quickStart, example] = RUN.repository;
let reader: Reader;
/** In the other terminal. */
let sandbox: Command;
const typed = new Typed();

beforeAll(async () => {
  reader = await Reader.open();
  const folder = await foreignFolder();
  const tree = await freshTree(folder, ROOT);
  // Built, as by `npm ci`.
  for (const build of ["dist", "sandbox/dist"]) await cp(join(ROOT, build), join(tree, build), { recursive: true });
  await rm(reader.folder, { recursive: true });
  await rename(tree, reader.folder);
  await rm(folder, { recursive: true });
  // At a port where nobody else's sandbox is.
  const port = await freePort();
  reader.words = [
    ["npm run sandbox", `npm run sandbox -- --port ${port}`],
    ["http://127.0.0.1:4010", `http://127.0.0.1:${port}`],
  ];
  await reader.write("Pulumi.yaml", replaced(await reader.read("Pulumi.yaml"), reader.words));
  sandbox = reader.begin(typed.piece(start).code);
  await sandbox.printed("Ctrl-C ends it.");
});
afterAll(() => reader?.close());

test("the quick start", async () => {
  const { stdout } = await reader.type(typed.piece(quickStart).code);
  expect(stdout).toContain("0 tokens revoked, 0 sessions ended");
  expect(stdout).toContain("1 client: 1 deleted; 0 tokens revoked, 0 sessions ended.");
});

test.each(VENDORS)("the example of %s, with the exports that the sandbox prints", async (vendor) => {
  const settings = sandbox.stdout.match(new RegExp(`export ${vendor.toUpperCase()}_.*`, "g")) ?? [];
  // Nexus has two ways to log in, of which one is taken.
  for (const setting of settings.filter((one) => !/USERNAME|PASSWORD/.test(one))) await reader.type(setting);
  await reader.type(`cd ${reader.path(`examples/${vendor}`)}`);
  await reader.type(typed.piece(example).code);
  const clients = async (): Promise<unknown[]> =>
    JSON.parse((await reader.type(`oauth-clients list --vendor ${vendor} --json`)).stdout).clients;
  expect((await clients()).length).toBeGreaterThan(1);
  await reader.type("pulumi destroy");
  expect(await clients()).toEqual([]);
});

test("Ctrl-C ends the sandbox", async () => {
  await reader.interrupt(sandbox);
  await expect(fetch(replaced("http://127.0.0.1:4010", reader.words))).rejects.toThrow();
});

test("nothing of this was left out", () => {
  expect(typed.missing("repository")).toEqual([]);
});
