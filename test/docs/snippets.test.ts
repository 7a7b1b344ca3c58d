/** Code in the README, the docs and the docstrings: it compiles, and what needs nothing else runs. */
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A piece of code in a file of ours. */
interface Snippet {
  /** For example `README.md 1`. */
  name: string;
  file: string;
  code: string;
}

const pages = globSync(["*.md", "docs/*.md", "sandbox/*.md"], { cwd: ROOT });
const modules = globSync(["src/**/*.ts", "sandbox/src/**/*.ts"], { cwd: ROOT });
const snippets: Snippet[] = [
  ...pages.flatMap((file) => numbered(file, /^```ts\n(.*?)^```/gms, (code) => code)),
  ...modules
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) =>
      numbered(file, /^ *\* @example\n((?: *\* .*\n)+?)(?= *\*\/| *\* @)/gm, (code) => code.replace(/^ *\* /gm, "")),
    ),
].sort((one, other) => (one.name < other.name ? -1 : 1));

function numbered(file: string, pattern: RegExp, codeOf: (match: string) => string): Snippet[] {
  const matches = [...readFileSync(join(ROOT, file), "utf8").matchAll(pattern)];
  return matches.map(([, match = ""], index) => ({ name: `${file} ${index + 1}`, file, code: codeOf(match) }));
}

/** What a reader knows from around a snippet, by the names that it uses. */
const AROUND: Readonly<Record<string, string>> = {
  rezolve: 'import { rezolve } from "pulumi-oauth-clients";',
  nexus: 'import { nexus } from "pulumi-oauth-clients";',
  destroyWithReport: 'import { destroyWithReport } from "pulumi-oauth-clients/automation";',
  RunFailed: 'import { RunFailed } from "pulumi-oauth-clients/automation";',
  parseReceipts: 'import { parseReceipts } from "pulumi-oauth-clients/automation";',
  readFile: 'import { readFile } from "node:fs/promises";',
  writeFile: 'import { writeFile } from "node:fs/promises";',
  startSandbox: 'import { startSandbox } from "pulumi-oauth-clients-sandbox";',
  sandbox: 'declare const sandbox: import("pulumi-oauth-clients-sandbox").Sandbox;',
  stack: 'declare const stack: import("@pulumi/pulumi/automation/index.js").Stack;',
  bot: 'declare const bot: import("pulumi-oauth-clients").rezolve.OAuthClient;',
  deploy: "declare function deploy(): Promise<void>;",
  destroy: "declare function destroy(): Promise<void>;",
  token: "declare const token: string;",
  oauthClients:
    "declare const oauthClients: { rezolve: { OAuthClient: new (name: string, args: object, opts: object) => object } };",
  args: "declare const args: object;",
  id: "declare const id: string;",
  options: 'declare const options: import("../../src/http/client-credentials.ts").ClientCredentialsOptions;',
  tenantId: "declare const tenantId: string;",
  status: "declare const status: number;",
  client: 'declare const client: import("../../src/core/text.ts").Message;',
  say: 'import { say } from "../../src/core/text.ts";',
  Hosts: 'import { Hosts } from "../../src/http/throttle.ts";',
  fixedToken: 'import { fixedToken } from "../../src/http/credential.ts";',
  exports: "declare const exports: { handler: () => unknown };",
  require: "declare function require(path: string): any;",
};

/** The snippet as a module: with what it uses of its own file, and what a reader knows. */
function moduleOf({ file, code }: Snippet, folder: string): string {
  const uses = (name: string) => new RegExp(`(?<![\\w."'\`/-])${name}\\b(?!:)`).test(code);
  const declares = (name: string) =>
    new RegExp(`\\b(const|let|function|class) (\\{[^}]*)?\\b${name}\\b|import .*\\b${name}\\b`).test(code);
  const around = Object.entries(AROUND).filter(([name]) => uses(name) && !declares(name));
  const text = file.endsWith(".ts") ? readFileSync(join(ROOT, file), "utf8") : "";
  const exported = [...text.matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map(
    ([, name = ""]) => name,
  );
  const own = exported.filter((name) => uses(name) && !declares(name) && !(name in AROUND));
  const from = relative(folder, join(ROOT, file));
  const imports = own.length === 0 ? [] : [`import { ${own.join(", ")} } from "${from}";`];
  return [...around.map(([, line]) => line), ...imports, code, "export {};"].join("\n");
}

let folder: string;
beforeAll(async () => {
  const scratch = join(ROOT, ".scratch");
  await mkdir(scratch, { recursive: true });
  folder = await mkdtemp(join(scratch, "snippets-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("all of them compile", async () => {
  expect(snippets.length).toBeGreaterThan(15);
  const files = await Promise.all(
    snippets.map(async (snippet, index) => {
      const path = join(folder, `${index}.ts`);
      await writeFile(path, moduleOf(snippet, folder));
      return path;
    }),
  );
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const program = ts.createProgram(files, { ...options, noUnusedLocals: false });
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const name = snippets[files.indexOf(file?.fileName ?? "")]?.name ?? file?.fileName ?? "";
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
  expect(problems).toEqual([]);
});

const alone = snippets.filter(({ code }) => /^import .*"pulumi-oauth-clients-sandbox"/m.test(code));
test.each(alone)("that of $name runs", async ({ code, name }) => {
  const path = join(folder, `${name.replace(/\W/g, "-")}.mts`);
  await writeFile(path, code);
  await promisify(execFile)(process.execPath, [path], { cwd: folder, timeout: 60_000 });
});
