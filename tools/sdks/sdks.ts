/** What the SDKs are made of, and where they are. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { Recipe } from "../engine/program.ts";
import { packageSchema } from "../schema/schema.ts";
import { TRACES } from "./traces.ts";

/** Pulumi's generators, as a program of ours calls them. */
export const SDK_WRITER: Recipe = {
  name: "oauth-clients-sdks",
  variable: "OAUTH_CLIENTS_SDK_WRITER",
  what: "the writer of SDKs, with Pulumi",
  version: "3.259.0",
  module: fileURLToPath(new URL("go", import.meta.url)),
  package: ".",
  takes: "two minutes",
  kept: "peers",
};

const PLUGIN = new URL("../../plugin/", import.meta.url);
export const SCHEMA = new URL("schema.json", PLUGIN);
export const SDKS = new URL("sdks/", PLUGIN);
/** Says of what the SDKs were made, and what was made: who changes one of these and forgets the others is told by a test. */
export const MADE_OF = new URL("made-of.json", SDKS);

/** Digests of what goes into the SDKs, and of what came out. */
export interface MadeOf {
  schema: string;
  writer: string;
  sdks: string;
}

/** The digests of what is there now. */
export async function madeOf(): Promise<MadeOf> {
  const [schema, writer, sdks] = await Promise.all([
    readFile(SCHEMA).then((text) => digestOf([["schema.json", text]])),
    writerFiles().then(digestOf),
    filesBelow(fileURLToPath(SDKS)).then((files) => digestOf(files.filter(([name]) => !isMadeLater(name)))),
  ]);
  return { schema, writer, sdks };
}

/** Where whoever uses an SDK installs and builds it. */
function isMadeLater(name: string): boolean {
  return name === "made-of.json" || /(^|\/)(bin|node_modules|build|__pycache__|[^/]*\.egg-info)\//.test(name);
}

/** What is not as the code has it: the schema, what the SDKs say they are made of, or neither. */
export async function stale(): Promise<string[]> {
  const json = async (file: URL): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));
  const { version }: { version?: unknown } = Object(await json(new URL("package.json", PLUGIN)));
  const isSchema = isDeepStrictEqual(await json(SCHEMA), plain(packageSchema(String(version))));
  const isMade = isDeepStrictEqual(await json(MADE_OF), plain(await madeOf()));
  return [...(isSchema ? [] : ["plugin/schema.json"]), ...(isMade ? [] : ["plugin/sdks"])];
}

/** As it is in a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The generators, and what is changed of what they write. */
async function writerFiles(): Promise<[string, Uint8Array][]> {
  const changes = [TRACES, new URL("traces.ts", import.meta.url)];
  const texts = changes.map(async (file): Promise<[string, Buffer]> => [basename(file.pathname), await readFile(file)]);
  return [...(await filesBelow(SDK_WRITER.module)), ...(await Promise.all(texts))];
}

async function filesBelow(folder: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files.sort().map(async (file): Promise<[string, Buffer]> => [file.slice(folder.length), await readFile(file)]),
  );
}

function digestOf(files: readonly [string, Uint8Array][]): string {
  const hash = createHash("sha256");
  for (const [name, content] of files) hash.update(`${name}\0${content.byteLength}\0`).update(content);
  return hash.digest("hex");
}
