/** What the pages say of the sandbox, typed in a folder that was empty: by itself, and in the test of a stack. */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ROOT } from "../../../tools/release/packing.ts";
import { RUN, Typed } from "./places.ts";
import { Reader } from "./reader.ts";
import { INSTALL_LIMIT_MS, tarballs } from "./tarballs.ts";
import type { Words } from "./words.ts";

let packed: { folder: string; words: Words };
let reader: Reader;
const typed = new Typed();

beforeAll(async () => {
  packed = await tarballs();
}, INSTALL_LIMIT_MS);
afterAll(() => rm(packed.folder, { recursive: true, force: true }));
beforeEach(async () => {
  reader = await Reader.open();
  reader.words = packed.words;
});
afterEach(() => reader.close());

test(
  "it runs until Ctrl-C, and prints what it takes to work against it",
  async () => {
    const [install, start, startAgain, ...makers] = RUN.sandbox;
    await reader.type(typed.piece(install).code);
    // At a port where nobody else's sandbox is.
    reader.words = [...packed.words, [/(?<=^npx pulumi-oauth-clients-sandbox)(?= |$)/gm, " --port 0"]];
    for (const name of [start, startAgain]) {
      const sandbox = reader.begin(typed.piece(name).code);
      const printed = await sandbox.printed("Ctrl-C ends it.");
      for (const setting of ["REZOLVE_BASE_URL", "REZOLVE_TOKEN_FILE", "NEXUS_BASE_URL", "NEXUS_APPLICATION_TOKEN"])
        expect(printed).toContain(`export ${setting}=`);
      const url = /listens on (\S+)/.exec(printed)?.[1] ?? "";
      expect((await fetch(url)).status).toBe(404);
      for (const setting of printed.match(/export \S+/g) ?? []) await reader.type(setting);
      for (const maker of makers) expect((await reader.type(typed.piece(maker).code)).stdout).toContain('"pr-1-web"');
      await reader.interrupt(sandbox);
      await expect(fetch(url)).rejects.toThrow();
    }
  },
  INSTALL_LIMIT_MS,
);

test(
  "a stack of one's own is tested with it",
  async () => {
    await cp(join(ROOT, "examples", "testing"), reader.folder, { recursive: true });
    // In the repository it has the packages beside it.
    const { dependencies: _own, devDependencies: _tools, ...manifest } = JSON.parse(await reader.read("package.json"));
    await reader.write("package.json", JSON.stringify(manifest));
    await reader.type("npm install pulumi-oauth-clients @pulumi/pulumi");
    const { stdout } = await reader.type(typed.piece(RUN.testing[0]).code);
    expect(stdout).toMatch(/Tests {2}1 passed/);
  },
  INSTALL_LIMIT_MS,
);

test("nothing of this was left out", () => {
  expect(typed.missing("sandbox", "testing")).toEqual([]);
});
