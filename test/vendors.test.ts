import { readdir } from "node:fs/promises";
import * as api from "pulumi-oauth-clients";
import { expect, test } from "vitest";
import { vendors } from "../src/vendors/registry.ts";
import { lifecyclesOf } from "../src/vendors/vendor.ts";

const SOURCE = new URL("../src/vendors/", import.meta.url);

test("the registry lists every vendor's folder, a line for each", async () => {
  const folders = (await readdir(SOURCE, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(vendors.map(({ name }) => name).sort()).toEqual(folders.map(({ name }) => name).sort());
  expect(vendors.map(({ name }) => name).sort()).toEqual(["nexus", "rezolve"]);
});

test("every kind of resource has its class, and every class its kind", () => {
  const kinds = vendors.flatMap((vendor) => lifecyclesOf(vendor).map(({ kind }) => kind));
  const classes = Object.entries({ nexus: api.nexus, rezolve: api.rezolve }).flatMap(([vendor, resources]) =>
    Object.keys(resources)
      .filter((name) => !name.startsWith("get"))
      .map((name) => `${vendor}:${name}`),
  );
  expect(kinds.sort()).toEqual(classes.sort());
});
