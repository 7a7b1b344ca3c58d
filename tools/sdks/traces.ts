/** The SDK for Node.js, made as quick as the classes of this package. */
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What keeps stack traces away while a resource is made. */
export const TRACES = new URL("../../src/pulumi/traces.ts", import.meta.url);

const SUPER = /^( +)(super\((\w+)\.__pulumiType, .*\);)$/m;
const FIRST_IMPORT = /^import /m;

/**
 * Has the classes of an SDK make resources without stack traces, as {@link TRACES} says: Pulumi's generator cannot be told
 * to, and a program with many resources takes half as long again.
 *
 * @param folder of the SDK
 */
export async function withoutTraces(folder: URL): Promise<void> {
  const root = fileURLToPath(folder);
  await copyFile(fileURLToPath(TRACES), join(root, "traces.ts"));
  let count = 0;
  for (const name of await readdir(root, { recursive: true })) {
    if (!name.endsWith(".ts")) continue;
    const text = await readFile(join(root, name), "utf8");
    const quiet = quieted(text, "../".repeat(name.split("/").length - 1) || "./");
    if (quiet === text) continue;
    await writeFile(join(root, name), quiet);
    count += 1;
  }
  if (count === 0) throw new Error("The generator writes classes in another way: see tools/sdks/traces.ts.");
}

function quieted(text: string, up: string): string {
  if (!SUPER.test(text)) return text;
  return text
    .replace(
      SUPER,
      (_all, indent: string, call: string, name: string) =>
        `${[
          `const making = traces.making(opts, ${name});`,
          "try {",
          `    ${call}`,
          "} catch (error) {",
          "    throw making.failed(error);",
          "} finally {",
          "    making.ended();",
          "}",
        ]
          .map((line) => `${indent}${line}`)
          .join("\n")}`,
    )
    .replace(FIRST_IMPORT, `import * as traces from "${up}traces";\nimport `);
}
