import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { BASELINE, dependencyFolder, EMPTY, OURS, otherBuild, readManifest } from "./sides.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-sides-"));
});
afterEach(() => rm(folder, { recursive: true }));

const MANIFEST = {
  name: "pulumi-oauth-clients",
  version: "0.0.1",
  exports: { ".": "./lib/main.js", "./provider": { default: "./lib/provider.js" } },
  dependencies: { "@scope/needed": "^1.0.0" },
};
const NEEDED = { "node_modules/@scope/needed/package.json": { name: "@scope/needed", version: "1.0.0" } };
const BUILT = { "lib/main.js": {}, "lib/provider.js": {} };

async function write(files: Readonly<Record<string, unknown>>, below = folder): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(below, file)), { recursive: true });
    await writeFile(join(below, file), JSON.stringify(content));
  }
}

describe("another build", () => {
  it("is found in a folder with the package, its files and its dependencies", async () => {
    await write({ "package.json": MANIFEST, ...BUILT, ...NEEDED });
    expect(await otherBuild(folder)).toEqual({ ...OURS, name: "other", folder });
    expect(dependencyFolder(folder, "@scope/needed")).toBe(join(folder, "node_modules/@scope/needed"));
  });

  it("may have its dependencies beside it, as it is installed", async () => {
    const installed = join(folder, "node_modules/pulumi-oauth-clients");
    await write({ "package.json": MANIFEST, ...BUILT }, installed);
    await write(NEEDED);
    expect(await otherBuild(installed)).toMatchObject({ folder: installed });
  });

  it.each([
    ["nothing", {}, /there is no package\.json; name the folder of a built checkout of pulumi-oauth-clients/],
    ["something else for a package.json", { "package.json": [] }, /its package\.json is not one of a package; name/],
    ["another package", { "package.json": { ...MANIFEST, name: "left-pad" } }, /this is the package "left-pad"; name/],
    [
      "no dependencies",
      { "package.json": MANIFEST, ...BUILT },
      /its dependency @scope\/needed is not installed; run there: npm ci/,
    ],
    [
      "no build",
      { "package.json": MANIFEST, ...NEEDED },
      /it is not built, there is no pulumi-oauth-clients in it; run there: npm run build/,
    ],
    [
      "half a build",
      { "package.json": MANIFEST, ...NEEDED, "lib/main.js": {} },
      /it is not built, there is no pulumi-oauth-clients\/provider in it; run there: npm run build/,
    ],
  ])("is not found in a folder with %s, and the error says what to do", async (_name, files, expected) => {
    await write(files);
    const error = await otherBuild(folder).catch((thrown: unknown) => String(thrown));
    expect(error).toMatch(expected);
    expect(error).toContain(`--against ${folder}: `);
  });
});

test("what lands in the state is as long for the baseline as for ours", async () => {
  const [ours, baseline] = await Promise.all([OURS, BASELINE].map((side) => readManifest(side.folder)));
  expect(baseline?.name).toHaveLength(ours?.name.length ?? Number.NaN);
  expect(BASELINE.shell).toHaveLength(OURS.shell.length);
  expect(BASELINE.shell).toContain(`require("${baseline?.name}/provider")`);
  expect(EMPTY.shell).toContain(`require("${baseline?.name}/empty")`);
});
