/** What the page of pipelines says to do before the first one runs, typed in a folder that has a copy of the example. */
import { cp, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../../tools/release/packing.ts";
import { Tenant } from "../../cli/tenant.ts";
import { RUN, Typed } from "./places.ts";
import { Reader } from "./reader.ts";
import { INSTALL_LIMIT_MS, tarballs } from "./tarballs.ts";
import type { Words } from "./words.ts";

let packed: { folder: string; words: Words };
let reader: Reader;
let tenant: Tenant;
const typed = new Typed();

beforeAll(async () => {
  packed = await tarballs();
  tenant = await Tenant.open();
  reader = await Reader.open();
  reader.words = packed.words;
}, INSTALL_LIMIT_MS);
afterAll(async () => {
  await reader?.close();
  await tenant?.close();
  await rm(packed.folder, { recursive: true, force: true });
});

test(
  "the copy is installed, as a pipeline does it then, and has its rehearsal",
  async () => {
    const [install, rehearsal] = RUN.previewStack;
    const project = reader.path("infrastructure/preview-stack");
    const filter = (path: string) => basename(path) !== "node_modules";
    await cp(join(ROOT, "examples", "preview-stack"), project, { recursive: true, filter });
    await reader.type(typed.piece(install).code);
    await reader.type("npm ci");
    for (const [name, value] of Object.entries(tenant.env)) await reader.type(`export ${name}='${value}'`);
    await reader.type(typed.piece(rehearsal).code);
    const [comment, ...others] = await readdir(join(project, "comments"));
    expect(others).toEqual([]);
    const text = await reader.read(`infrastructure/preview-stack/comments/${comment}`);
    expect(text).toContain("2 clients: 2 deleted; 0 tokens revoked, 0 sessions ended.");
    expect(tenant.sandbox.clients.list().filter(({ deletion }) => deletion === null)).toEqual([]);
    // Nothing of it is committed but what the page says.
    await reader.type("git init --quiet . && git add --all");
    const { stdout } = await reader.type("git status --short");
    const added = stdout.split("\n").map((line) => line.slice(3));
    expect(added).toContain("package-lock.json");
    expect(
      added.filter((path) => /comment\.md|preview\.json|impact|receipts|Pulumi\.pr-|node_modules/.test(path)),
    ).toEqual([]);
  },
  INSTALL_LIMIT_MS,
);

test("nothing of this was left out", () => {
  expect(typed.missing("previewStack")).toEqual([]);
});
