/** The examples in the schema are programs of the SDKs that are made of it. */
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { findProgram, pathFolders, run } from "../engine/command.ts";
import { packageSchema } from "./schema.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SDKS = join(ROOT, "plugin", "sdks");

const described = z.record(z.string(), z.object({ description: z.string() }));
const { resources, functions } = z.object({ resources: described, functions: described }).parse(packageSchema("1.2.3"));
const descriptions = Object.entries({ ...resources, ...functions });

/** By the tokens of what they show, the examples in a language. */
const examplesIn = (language: string): [token: string, code: string][] =>
  descriptions.map(([token, { description }]) => [
    token,
    new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(description)?.[1] ?? "",
  ]);

let folder: string;
beforeAll(async () => {
  await mkdir(join(ROOT, ".scratch"), { recursive: true });
  folder = await mkdtemp(join(ROOT, ".scratch", "examples-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("every resource and look-up has one in the Registry's form, in three languages", () => {
  expect(descriptions.length).toBe(8);
  for (const [token, { description }] of descriptions) {
    expect(description, token).toMatch(
      /\{\{% examples %\}\}\n\n## Example Usage\n\n\{\{% example %\}\}.*\{\{% \/example %\}\}\n\n\{\{% \/examples %\}\}$/s,
    );
    expect([...description.matchAll(/^```(\w+)$/gm)].map(([, language]) => language)).toEqual([
      "typescript",
      "python",
      "yaml",
    ]);
    expect(description, token).not.toMatch(/undefined|\[object/);
  }
});

test("those in TypeScript compile with the SDK for Node.js", async () => {
  const files = await Promise.all(
    examplesIn("typescript").map(async ([, code], index) => {
      const path = join(folder, `${index}.ts`);
      await writeFile(path, code);
      return path;
    }),
  );
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    esModuleInterop: true,
    types: ["node"],
    paths: { "pulumi-oauth-clients-sdk": [join(SDKS, "nodejs", "index.ts")] },
  });
  const problems = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
  });
  expect(problems).toEqual([]);
});

/** Calls everything with what looks at names alone: what the SDK for Python does not have is an error. */
const CHECK = `
import ast, json, sys
for name, code, known in json.load(sys.stdin):
    for node in ast.walk(ast.parse(code, name)):
        names = [node.arg] if isinstance(node, ast.keyword) else [node.attr] if isinstance(node, ast.Attribute) else \\
            [key.value for key in node.keys] if isinstance(node, ast.Dict) else []
        for one in names:
            if one not in known: print(name, "has", one)
`;

test("those in Python name what the SDK for Python has", async (context) => {
  const python = await findProgram("python3", pathFolders());
  if (python === undefined) return context.skip("no python3 is on the PATH");
  const sources = globSync("python/**/*.py", { cwd: SDKS }).map((file) => readFileSync(join(SDKS, file), "utf8"));
  // Without the examples themselves, and the names that the engine has.
  const words = sources.flatMap((text) => text.replace(/""".*?"""|"[^"\n]*"/gs, "").match(/\w+/g) ?? []);
  const known = [...new Set([...words, "export"])];
  const input = join(folder, "examples.json");
  await writeFile(input, JSON.stringify(examplesIn("python").map(([token, code]) => [token, code, known])));
  const answer = await run("bash", ["-c", `"${python}" -c '${CHECK}' < "${input}"`]);
  expect(answer).toEqual({ output: "" });
});
