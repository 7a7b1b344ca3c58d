import { readdir, readFile } from "node:fs/promises";
import * as api from "pulumi-oauth-clients";
import { describe, expect, test } from "vitest";
import { vendors } from "../src/vendors/registry.ts";

const SOURCE = new URL("../src/vendors/", import.meta.url);

/** TypeScript files of a vendor's folder, without tests. */
async function filesOf(vendor: string): Promise<[file: string, text: string][]> {
  const names = await readdir(new URL(`${vendor}/`, SOURCE));
  const files = names.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return Promise.all(
    files.map(
      async (file): Promise<[string, string]> => [file, await readFile(new URL(`${vendor}/${file}`, SOURCE), "utf8")],
    ),
  );
}

test("the registry lists every vendor's folder, a line for each", async () => {
  const folders = (await readdir(SOURCE, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(vendors.map(({ name }) => name).sort()).toEqual(folders.map(({ name }) => name).sort());
  expect(vendors.map(({ name }) => name).sort()).toEqual(["nexus", "rezolve"]);
});

test("every kind of resource has its class, and every class its kind", () => {
  const kinds = vendors.flatMap((vendor) => vendor.lifecycles().map(({ kind }) => kind));
  const classes = Object.entries({ nexus: api.nexus, rezolve: api.rezolve }).flatMap(([vendor, resources]) =>
    Object.keys(resources).map((name) => `${vendor}:${name}`),
  );
  expect(kinds.sort()).toEqual(classes.sort());
});

describe.each(vendors.map(({ name }) => name))("the vendor %s", (vendor) => {
  test("knows nothing of the other vendors, of Pulumi or of undici", async () => {
    const others = vendors.map(({ name }) => name).filter((name) => name !== vendor);
    const files = await filesOf(vendor);
    expect(files.length).toBeGreaterThan(3);
    for (const [file, text] of files) {
      const imports = [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from ?? "");
      for (const other of others) expect(imports, file).not.toContainEqual(expect.stringContaining(`/${other}/`));
      for (const from of ["@pulumi/", "undici"]) {
        expect(imports, file).not.toContainEqual(expect.stringContaining(from));
      }
    }
  });
});
