import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  fileListOf,
  freshTree,
  listOf,
  PACKAGES,
  type PackageName,
  type Packed,
  pack,
  ROOT,
} from "../../tools/release/packing.ts";
import { foreignFolder, unpack } from "./foreign.ts";

let folder: string;
let tree: string;

beforeAll(async () => {
  folder = await foreignFolder();
  tree = await freshTree(folder, ROOT);
});
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  bin: z.record(z.string(), z.string()),
  // A program has neither.
  exports: z.record(z.string(), z.string()).default({}),
  types: z.string().optional(),
  typesVersions: z.object({ "*": z.record(z.string(), z.array(z.string())) }).optional(),
});

interface Expected {
  name: PackageName;
  /** Licences of what is built in. */
  licences: string[];
}

const expected: Expected[] = [
  {
    name: "pulumi-oauth-clients",
    licences: ["dist/LICENSES"],
  },
  {
    name: "pulumi-resource-oauth-clients",
    licences: ["dist/LICENSES"],
  },
  {
    name: "pulumi-oauth-clients-sandbox",
    licences: [],
  },
];

/** The package of what is loaded from it: `@bomb.sh/tab/commander` is a part of `@bomb.sh/tab`. */
function packageOf(from: string): string {
  return from.split("/", from.startsWith("@") ? 2 : 1).join("/");
}

describe.each(expected)("the tarball of $name", ({ name, licences }) => {
  let packed: Packed;
  /** The contents by path in the package. */
  let contents: Map<string, string>;
  const manifest = () => manifestSchema.parse(JSON.parse(contents.get("package.json") ?? ""));

  beforeAll(async () => {
    const here = join(folder, name);
    await mkdir(here);
    packed = await pack(name, here, tree, false);
    const unpacked = await unpack(packed.tarball, here);
    contents = new Map(
      await Promise.all(
        packed.files.map(
          async (file): Promise<[string, string]> => [file, await readFile(join(unpacked, file), "utf8")],
        ),
      ),
    );
  });

  test("has the files that are listed, and no others", async () => {
    await expect(listOf(packed)).toMatchFileSnapshot(join(ROOT, fileListOf(name)));
  });

  test("is the one of the build that stands here, wherever the dependencies are", async () => {
    const built = join(folder, name, "built");
    await mkdir(built);
    expect((await pack(name, built, ROOT, true)).integrity).toBe(packed.integrity);
  });

  test("is the same whatever an older build left behind", async () => {
    const root = join(tree, PACKAGES[name]);
    for (const path of ["dist/errors-BPHec-LL.mjs", "dist/old/index.d.cts", "dist/provider/old.js"]) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), "throw new Error('an older build');\n");
    }
    await writeFile(join(root, "dist", "index.js"), "throw new Error('an older build');\n");
    const elsewhere = join(folder, name, "again");
    await mkdir(elsewhere);
    const again = await pack(name, elsewhere, tree, false);
    expect(again.files).toEqual(packed.files);
    expect(again.integrity).toBe(packed.integrity);
  });

  test("is as strict as the modules that it is built from", () => {
    const modules = packed.files.filter((file) => /^dist\/.*\.js$/.test(file));
    expect(modules.length).toBeGreaterThan(1);
    for (const file of modules) expect(contents.get(file), file).toMatch(/^(#!.*\n)?"use strict";/);
  });

  test("loads packages that are installed, by their names alone, and installs none in vain", () => {
    const modules = packed.files.filter((file) => /^dist\/.*\.js$/.test(file));
    const required = modules
      .flatMap((file) => [...(contents.get(file) ?? "").matchAll(/^[^*\n]*\b(?:require|import)\("([^."][^"]*)"\)/gm)])
      .map(([, from = ""]) => (from.startsWith("@pulumi/") ? from : packageOf(from)))
      .filter((from) => !isBuiltin(from));
    // The SDK has them: what it sends and how.
    const ofSdk = (from: string) => from === "@grpc/grpc-js" || from.startsWith("@pulumi/pulumi/proto/");
    const { dependencies, peerDependencies } = manifest();
    expect([...new Set(required)].filter((from) => !ofSdk(from)).toSorted()).toEqual(
      [...Object.keys(dependencies), ...Object.keys(peerDependencies)].toSorted(),
    );
  });

  test.runIf(name === "pulumi-oauth-clients")(
    "has of undici only what is used: neither fetch nor HTTP/2, nor what those need",
    () => {
      const transport = contents.get("dist/provider/transport.js") ?? "";
      expect(transport).toContain("UND_ERR_HEADERS_TIMEOUT");
      expect(transport).not.toMatch(/node:(http2|sqlite|zlib|worker_threads)|multipart\/form-data|undici\/lib\/milo/);
    },
  );

  test("has nothing dead: every file of the build is reached from an entry", () => {
    const { bin, exports, types, typesVersions } = manifest();
    const entries = [
      ...Object.values(bin),
      ...Object.values(exports),
      ...(types === undefined ? [] : [types]),
      ...Object.values(typesVersions?.["*"] ?? {}).flat(),
    ];
    const reached = new Set<string>();
    const follow = (file: string) => {
      if (reached.has(file)) return;
      reached.add(file);
      const text = contents.get(file);
      expect(text, file).toBeDefined();
      for (const [, to = ""] of (text ?? "").matchAll(/^[^*\n]*(?:\brequire\(|\bfrom |\bimport[ (])"(\.[^"]+)"/gm)) {
        const target = join(dirname(file), to);
        follow(file.endsWith(".d.ts") ? target.replace(/\.js$/, ".d.ts") : target);
      }
    };
    for (const entry of entries) follow(join(entry));
    const unreached = packed.files.filter((file) => file.startsWith("dist/") && !reached.has(file));
    // What makes the build CommonJS.
    expect(unreached.toSorted()).toEqual([...licences, "dist/package.json"]);
  });

  test("has nothing twice", () => {
    const byHash = Map.groupBy(packed.files, (file) =>
      createHash("sha256")
        .update(contents.get(file) ?? "")
        .digest("hex"),
    );
    expect([...byHash.values()].filter((files) => files.length > 1)).toEqual([]);
    // Nor in two formats.
    const modules = packed.files
      .filter((file) => file.startsWith("dist/"))
      .map((file) => file.replace(/(\.d)?\.[cm]?[jt]s$/, "$1"));
    expect(modules.filter((module, index) => modules.indexOf(module) !== index)).toEqual([]);
  });
});
