import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { vendors } from "../src/vendors/registry.ts";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));
const NAMES = vendors.map(({ name }) => name);

/** What each part of the house may import of the others; docs/architecture.md says why. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  core: [],
  http: ["core"],
  lifecycle: ["core", "http"],
  vendors: ["core", "http", "lifecycle"],
  connections: ["core", "http", "lifecycle", "vendors"],
  lookups: ["core", "http", "lifecycle", "vendors", "connections"],
  runtime: ["core", "http", "lifecycle", "vendors", "connections"],
  provider: ["core", "http", "lifecycle", "vendors", "connections", "runtime"],
  pulumi: ["core", "lifecycle", "vendors", "lookups"],
  automation: ["core"],
  cli: ["core", "lifecycle", "vendors", "connections", "runtime"],
  "index.ts": ["core", "pulumi"],
};

/** Files that have the vendors' names: their own folders and classes, and where they are listed. */
const NAMING = [
  "vendors/registry.ts",
  "index.ts",
  ...NAMES.flatMap((name) => [`vendors/${name}/`, `pulumi/${name}.ts`]),
];

interface Import {
  /** Of a file of ours, from src; of a package, its name. */
  from: string;
  isOurs: boolean;
  isType: boolean;
  /** Loaded when it is needed, if ever. */
  isLazy: boolean;
}

/** A file without its comments, and what it imports. */
interface Source {
  /** From src. */
  file: string;
  code: string;
  imports: Import[];
}

const sources = sourcesBelow(".");

/** @param folder from src */
function sourcesBelow(folder: string): Source[] {
  return readdirSync(join(SOURCE, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readSource(join(folder, file)));
}

function readSource(file: string): Source {
  const text = readFileSync(join(SOURCE, file), "utf8");
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const add = (path: ts.Expression | undefined, isType: boolean, isLazy = false) => {
    if (path === undefined || !ts.isStringLiteral(path)) return;
    const from = path.text.startsWith(".") ? normalize(join(dirname(file), path.text)) : path.text;
    // The package's own name and version are nobody's; all else outside of the house is wrong.
    imports.push({ from, isOurs: path.text.startsWith(".") && !from.endsWith("package.json"), isType, isLazy });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false, true);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { file, code: ts.createPrinter({ removeComments: true }).printFile(tree), imports };
}

const partOf = (file: string) => file.split("/")[0] ?? "";

test("every part of the house is known here", () => {
  expect([...new Set(sources.map(({ file }) => partOf(file)))].sort()).toEqual(Object.keys(BELOW).sort());
});

describe.each(Object.entries(BELOW))("%s", (part, below) => {
  test(`imports nothing of ours but ${below.join(", ") || "itself"}`, () => {
    const wrong = sources
      .filter(({ file }) => partOf(file) === part)
      .flatMap(({ file, imports }) =>
        imports
          .filter(({ from, isOurs }) => isOurs && partOf(from) !== part && !below.includes(partOf(from)))
          .map(({ from }) => `${file} imports ${from}`),
      );
    expect(wrong).toEqual([]);
  });
});

test("both adapters know the same rooms: the life cycles are behind what they share", () => {
  const plugin = sourcesBelow("../plugin/src");
  const roomsOf = (files: readonly Source[], isOwn: (from: string) => boolean) =>
    files.flatMap(({ file, imports }) =>
      imports
        .filter(({ from, isOurs, isType }) => isOurs && !isType && !isOwn(from))
        .map(({ from }) => `${file} imports ${partOf(from.replace(/^..\/src\//, ""))}`),
    );
  const ofPlugin = roomsOf(plugin, (from) => from.startsWith("../plugin/"));
  const ofDynamic = roomsOf(
    sources.filter(({ file }) => partOf(file) === "provider"),
    (from) => partOf(from) === "provider",
  );
  for (const rooms of [ofPlugin, ofDynamic]) {
    expect(rooms.some((one) => one.endsWith(" imports runtime"))).toBe(true);
    expect(rooms.filter((one) => / imports (lifecycle|vendors|http)$/.test(one))).toEqual([]);
  }
});

test("no file imports another that imports it, by whatever way", () => {
  const importsOf = new Map(
    sources.map(({ file, imports }) => [file, imports.filter(({ isOurs }) => isOurs).map(({ from }) => from)]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (way.includes(file) || done.has(file)) return;
    for (const next of importsOf.get(file) ?? []) follow(next, [...way, file]);
    done.add(file);
  };
  for (const { file } of sources) follow(file, []);
  expect(circles).toEqual([]);
});

test("no module has state but the entries, which are one for a process, and what only the SDK could tell otherwise", () => {
  const stateful = (node: ts.Statement, tree: ts.SourceFile): string[] => {
    if (!ts.isVariableStatement(node)) return [];
    const isLet = (node.declarationList.flags & ts.NodeFlags.Const) === 0;
    return node.declarationList.declarations
      .filter(({ type, initializer }) => {
        const isMade = initializer !== undefined && ts.isNewExpression(initializer);
        const made = isMade ? initializer.expression.getText(tree) : "";
        return (
          isLet || (["Map", "Set", "WeakMap", "WeakSet"].includes(made) && !type?.getText(tree).startsWith("Readonly"))
        );
      })
      .map(({ name }) => name.getText(tree));
  };
  const found = sources.flatMap(({ file, code }) => {
    const tree = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
    return tree.statements.flatMap((node) => stateful(node, tree).map((name) => `${file}: ${name}`));
  });
  expect(found.sort()).toEqual([
    "automation/index.ts: lastRuns",
    "provider/index.ts: provider",
    "pulumi/lookups.ts: running",
  ]);
});

test("only the transport's side knows undici, and only the provider and the program know Pulumi", () => {
  for (const { file, imports } of sources) {
    const packages = imports.filter(({ isOurs }) => !isOurs);
    if (partOf(file) !== "http")
      expect(
        packages.map(({ from }) => from),
        file,
      ).not.toContain("undici");
    const pulumi = packages.filter(({ from, isType }) => from.startsWith("@pulumi/") && !isType);
    if (!["pulumi", "automation", "provider"].includes(partOf(file))) expect(pulumi, file).toEqual([]);
  }
});

test("the program's side loads of the vendors nothing but tables", () => {
  for (const { file, imports } of sources.filter((one) => partOf(one.file) === "pulumi")) {
    const loaded = imports.filter(
      ({ from, isOurs, isType, isLazy }) => isOurs && !isType && !isLazy && partOf(from) !== "pulumi",
    );
    for (const { from } of loaded) expect(from, file).toMatch(/^(vendors\/\w+\/fields|core\/(shell|type-names))\.ts$/);
  }
  for (const name of NAMES) {
    const table = sources.find(({ file }) => file === `vendors/${name}/fields.ts`);
    expect(table?.imports.map(({ from }) => from)).toEqual(["lifecycle/fields.ts"]);
  }
});

test("whatever the command prints or writes passes what takes secrets out", () => {
  const writes = /\b(?:writeFile|appendFile|createWriteStream|console\.(?:log|error))\(|\.(?:write|appendFile)\(/;
  const writing = sources.filter(({ file, code }) => partOf(file) === "cli" && writes.test(code));
  expect(writing.map(({ file }) => file)).toContain("cli/output/print.ts");
  for (const { file, code } of writing) expect(code, file).toMatch(/redact/i);
});

test("no shared file names a vendor", () => {
  const shared = sources.filter(({ file }) => !NAMING.some((one) => file.startsWith(one)));
  const naming = shared.filter(({ code }) => NAMES.some((name) => new RegExp(name, "i").test(code)));
  expect(naming.map(({ file }) => file)).toEqual([]);
  // Nor what its clients live in, in what people read; codes of errors are kept, and receipts have their fields.
  const saying = shared.filter(
    ({ file, code }) => partOf(file) !== "cli" && /\b(?<!no-)(tenant|realm)\b(?!-unknown)/i.test(code),
  );
  expect(saying.map(({ file }) => file)).toEqual([]);
  const aware = shared.filter(({ file }) => partOf(file) === "lifecycle" || partOf(file) === "http");
  const placing = aware.filter(({ code }) => /\brealmName\b/.test(code) && !code.includes("ReceiptPlace"));
  expect(placing.map(({ file }) => file)).toEqual([]);
});

test("no vendor knows another", () => {
  for (const name of NAMES) {
    for (const { file, code } of sources.filter((one) => one.file.startsWith(`vendors/${name}/`))) {
      const known = NAMES.filter((other) => other !== name && new RegExp(other, "i").test(code));
      expect(known, file).toEqual([]);
    }
  }
});

test("all vendors have the same files for the same things", () => {
  const filesOf = (name: string) =>
    sources.filter(({ file }) => file.startsWith(`vendors/${name}/`)).map(({ file }) => file.split("/")[2]);
  const expected = [
    "api",
    "clients",
    "driver",
    "fields",
    "index",
    "inputs",
    "settings",
    "state",
    "steps",
    "wire",
    "words",
  ];
  for (const name of NAMES) expect(filesOf(name)).toEqual(expect.arrayContaining(expected.map((file) => `${file}.ts`)));
});
