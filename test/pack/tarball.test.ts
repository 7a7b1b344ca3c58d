import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path/posix";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { foreignFolder, freshTree, type Packed, pack, unpack } from "./foreign.ts";

let folder: string;
let tree: string;
let packed: Packed;
/** The contents by path in the package. */
let contents: Map<string, string>;

beforeAll(async () => {
  folder = await foreignFolder();
  tree = await freshTree(folder);
  packed = await pack(folder, tree);
  const unpacked = await unpack(packed.tarball, folder);
  contents = new Map(
    await Promise.all(
      packed.files.map(async (file): Promise<[string, string]> => [file, await readFile(join(unpacked, file), "utf8")]),
    ),
  );
});
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("the tarball has the build, and nothing of the repository besides", () => {
  const others = packed.files.filter((file) => !file.startsWith("dist/"));
  expect(others.toSorted()).toEqual(expect.arrayContaining(["LICENSE", "package.json"]));
  const allowed =
    /^((CHANGELOG|README)\.md|LICENSE|package\.json|docs\/[\w-]+\.md|examples\/[\w-]+\/(index\.ts|package\.json|Pulumi\.yaml))$/;
  expect(others.filter((file) => !allowed.test(file))).toEqual([]);
  expect(packed.files).toEqual(expect.arrayContaining(["dist/cli.js", "dist/provider.js", "dist/index.d.ts"]));
});

test("the tarball is the same whatever an older build left behind", async () => {
  for (const path of ["dist/errors-BPHec-LL.mjs", "dist/old/index.d.cts", "dist/provider/old.js"]) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), "throw new Error('an older build');\n");
  }
  await writeFile(join(tree, "dist", "index.js"), "throw new Error('an older build');\n");
  const elsewhere = join(folder, "again");
  await mkdir(elsewhere);
  const again = await pack(elsewhere, tree);
  expect(again.files).toEqual(packed.files);
  expect(again.integrity).toBe(packed.integrity);
});

test("what is built is as strict as the modules that it is built from", () => {
  const modules = packed.files.filter((file) => /^dist\/.*\.js$/.test(file));
  expect(modules.length).toBeGreaterThan(3);
  for (const file of modules) expect(contents.get(file), file).toMatch(/^(#!.*\n)?"use strict";/);
});

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.string()),
  types: z.string(),
  typesVersions: z.object({ "*": z.record(z.string(), z.array(z.string())) }),
});

const manifest = () => manifestSchema.parse(JSON.parse(contents.get("package.json") ?? ""));

test("every package that is loaded is installed, by its name alone, and none is installed in vain", () => {
  const modules = packed.files.filter((file) => /^dist\/.*\.js$/.test(file));
  const required = modules
    .flatMap((file) => [...(contents.get(file) ?? "").matchAll(/^[^*\n]*\brequire\("([^."][^"]*)"\)/gm)])
    .map(([, name = ""]) => name)
    .filter((name) => !name.startsWith("node:"));
  // The SDK has them: what it sends and how.
  const ofSdk = (name: string) => name === "@grpc/grpc-js" || name.startsWith("@pulumi/pulumi/proto/");
  const { dependencies, peerDependencies } = manifest();
  expect([...new Set(required)].filter((name) => !ofSdk(name)).toSorted()).toEqual(
    [...Object.keys(dependencies), ...Object.keys(peerDependencies)].toSorted(),
  );
});

test("of undici only what is used is built in: neither fetch nor HTTP/2, nor what those need", () => {
  const transport = contents.get("dist/provider/transport.js") ?? "";
  expect(transport).toContain("UND_ERR_HEADERS_TIMEOUT");
  expect(transport).not.toMatch(/node:(http2|sqlite|zlib|worker_threads)|multipart\/form-data|undici\/lib\/milo/);
});

test("nothing in the tarball is dead: every file of the build is reached from an entry", () => {
  const { bin, exports, types, typesVersions } = manifest();
  const entries = [
    ...Object.values(bin),
    ...Object.values(exports),
    types,
    ...Object.values(typesVersions["*"]).flat(),
  ];
  const reached = new Set<string>();
  const follow = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = contents.get(file);
    expect(text, file).toBeDefined();
    for (const [, to = ""] of (text ?? "").matchAll(/(?:\brequire\(|\bfrom |\bimport\()"(\.[^"]+)"/g)) {
      const target = join(dirname(file), to);
      follow(file.endsWith(".d.ts") ? target.replace(/\.js$/, ".d.ts") : target);
    }
  };
  for (const entry of entries) follow(join(entry));
  // What makes the build CommonJS, and the licences of what is built in.
  const besides = ["dist/package.json", "dist/provider/undici.LICENSE", "dist/provider/zod.LICENSE"];
  const built = packed.files.filter((file) => file.startsWith("dist/"));
  expect(built.filter((file) => !reached.has(file)).toSorted()).toEqual(besides);
});

test("nothing in the tarball is there twice", () => {
  const byHash = Map.groupBy(packed.files, (file) =>
    createHash("sha256")
      .update(contents.get(file) ?? "")
      .digest("hex"),
  );
  expect([...byHash.values()].filter((files) => files.length > 1)).toEqual([]);
  // Nor in two formats.
  const names = packed.files
    .filter((file) => file.startsWith("dist/"))
    .map((file) => file.replace(/(\.d)?\.[cm]?[jt]s$/, "$1"));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
