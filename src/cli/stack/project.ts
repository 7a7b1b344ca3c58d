import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isRecord, parsedJson } from "../../core/json.ts";

/**
 * The folder in which Pulumi runs the program of a project, and the provider with it: what paths in its config start from.
 * Null where there is no project.
 *
 * @param cwd a folder of the project
 */
export async function programFolder(cwd = "."): Promise<string | null> {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
      const text = await readFile(join(folder, name), "utf8").catch(() => null);
      if (text !== null) return resolve(folder, mainIn(text));
    }
    if (folder === dirname(folder)) return null;
  }
}

/** Where a project file says that its program is. */
function mainIn(text: string): string {
  const [, main = ""] = /^main:[ \t]*["']?([^"'#\r\n]*?)["']?[ \t]*(?:#.*)?$/m.exec(text) ?? [];
  return main;
}

/** Config of a stack with paths that mean the same wherever the command runs. */
export function withWholePaths<Config extends Record<string, { value?: string | undefined }>>(
  config: Config,
  folder: string,
): Config {
  const wholeIn = (key: string, value: string): string => {
    if (key.endsWith("File")) return value === "" ? value : resolve(folder, value);
    if (!key.endsWith(":connections")) return value;
    const connections = parsedJson(value);
    return isRecord(connections)
      ? JSON.stringify(connections, (name, one) => (typeof one === "string" ? wholeIn(name, one) : one))
      : value;
  };
  const entries = Object.entries(config).map(([key, one]) =>
    one.value === undefined ? [key, one] : [key, { ...one, value: wholeIn(key, one.value) }],
  );
  return Object.fromEntries(entries);
}
