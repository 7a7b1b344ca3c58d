/** The API reference in docs/api: a page for each public entry and namespace, made by typedoc from the docstrings. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Logger, LogLevel, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { LAYOUT, loadLayout } from "./api-layout.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where the pages are in the repository. */
export const API_FOLDER = "docs/api";

const MADE = "<!-- Written by `npm run docs`, from the docstrings in src and sandbox/src. -->";

const INDEX = `${MADE}

# API reference

What programs can import, with its types. How to use it is told elsewhere: [resources.md](../resources.md) has every input and output
with what a change of it takes, [many.md](../many.md) purges and look-ups, [testing.md](../testing.md) the sandbox.

| import | page |
| --- | --- |
| \`import { rezolve } from "pulumi-oauth-clients"\` | [resources and look-ups of Rezolve.ai](rezolve.md) |
| \`import { nexus } from "pulumi-oauth-clients"\` | [resources and look-ups of ECI Nexus](nexus.md) |
| \`import type { Revocation, … } from "pulumi-oauth-clients"\` | [types that both have in common](pulumi-oauth-clients.md) |
| \`import { destroyWithReport, … } from "pulumi-oauth-clients/automation"\` | [runs with a report, and receipts](automation.md) |
| \`import { startSandbox, … } from "pulumi-oauth-clients-sandbox"\` | [the sandbox](pulumi-oauth-clients-sandbox.md) |

\`pulumi-oauth-clients/provider\` is there for states alone: each names it, so that Pulumi runs the package that is installed.
Programs need nothing of it.
`;

type Options = TypeDocOptions & Partial<PluginOptions>;

/** Each package is read on its own: typedoc looks in one package only for types that are not exported. */
const PACKAGES: readonly Options[] = [
  { entryPoints: ["src/index.ts", "src/automation/index.ts"] },
  {
    entryPoints: ["sandbox/src/index.ts"],
    // Of one entry, typedoc makes the index itself.
    entryFileName: "pulumi-oauth-clients-sandbox",
    // Nobody needs it by its name, which says what it is.
    intentionallyNotExported: ["src/settings.ts:Some"],
    // The docstrings of the whole speak of its parts.
    intentionallyNotDocumented: [
      ...["kind", "reset", "ms"].map((part) => `FaultEffect.__type.${part}`),
      ...["id", "name", "realmName"].map((part) => `defaultTenants.__type.${part}`),
    ],
  },
];

const OPTIONS: Options = {
  plugin: ["typedoc-plugin-markdown", loadLayout],
  tsconfig: join(ROOT, "tsconfig.json"),
  basePath: ROOT,
  // Without it, unions have their members in the order in which the compiler happens to meet them.
  compilerOptions: { stableTypeOrdering: true },
  // `npm run typecheck` does that.
  skipErrorChecking: true,
  readme: "none",
  logLevel: "Warn",
  // Neither lines, which move with every change, nor anybody's address.
  disableSources: true,
  disableGit: true,
  // What a class inherits of Pulumi's would hide what is its own.
  excludeExternals: true,
  excludePrivate: true,
  excludeInternal: true,
  sort: ["source-order"],
  groupOrder: [
    "Namespaces",
    "Functions",
    "Classes",
    "Interfaces",
    "Type Aliases",
    "Variables",
    "Constructors",
    "Properties",
    "Methods",
  ],
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  ...LAYOUT,
};

/**
 * Every page: its path in the repository, and its text.
 *
 * @throws where typedoc warns: of an export without a docstring, a type that is not exported, a link to nowhere
 */
export async function apiPages(): Promise<{ name: string; content: string }[]> {
  const pages = [{ name: `${API_FOLDER}/README.md`, content: INDEX }];
  // One after the other: typedoc keeps some things for the whole process.
  for (const one of PACKAGES) pages.push(...(await pagesOf(one)));
  return pages;
}

/** Files of the reference that are none of these pages: of an entry that is gone, for example. */
export async function leftOf(pages: readonly { name: string }[]): Promise<string[]> {
  const names = (await readdir(join(ROOT, API_FOLDER))).map((file) => `${API_FOLDER}/${file}`);
  return names.filter((name) => !pages.some((page) => page.name === name));
}

async function pagesOf(options: Options): Promise<{ name: string; content: string }[]> {
  const folder = await mkdtemp(join(tmpdir(), "oauth-clients-api-"));
  try {
    await write(options, folder);
    // Its own index is of one package.
    const files = (await readdir(folder)).filter((file) => file !== "README.md").sort();
    return await Promise.all(
      files.map(async (file) => {
        const text = await readFile(join(folder, file), "utf8");
        return { name: `${API_FOLDER}/${file}`, content: `${MADE}\n\n${inOurWords(text)}` };
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write({ entryPoints = [], ...options }: Options, folder: string): Promise<void> {
  const app = await Application.bootstrapWithPlugins({
    ...OPTIONS,
    ...options,
    entryPoints: entryPoints.map((path) => join(ROOT, path)),
    outputs: [{ name: "markdown", path: folder }],
  });
  const warnings = new Warnings();
  app.logger = warnings;
  const project = await app.convert();
  if (project !== undefined) {
    app.validate(project);
    await app.generateOutputs(project);
  }
  if (warnings.all.length > 0)
    throw new Error(`The API reference is not what it should be:\n${warnings.all.join("\n")}`);
}

/** Pulumi's types as programs write them, and pages of ours as links. */
function inOurWords(text: string): string {
  return text
    .replaceAll("`OutputInstance`", "`Output`")
    .replace(/\bpulumi\.(Inputs?)\b/g, "$1")
    .replace(/\bdocs\/([\w-]+\.md)\b/g, "[$1](../$1)");
}

/** Takes warnings and errors, and says nothing of the rest. */
class Warnings extends Logger {
  readonly all: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.all.push(message);
  }
}
