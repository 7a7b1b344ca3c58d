import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pulumi } from "./cli.ts";
import type { World } from "./world.ts";

/**
 * A project on the disk with a stack, which the command runs by itself.
 *
 * @param program an ES module
 * @param stack its name, `test` if left out
 * @returns its folder
 */
export async function projectOnDisk(world: World, name: string, program: string, stack = "test"): Promise<string> {
  const folder = join(world.folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await writeFile(join(folder, "index.js"), program);
  const runtime = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";
  await writeFile(join(folder, "Pulumi.yaml"), `name: ${name}\n${runtime}`);
  const { ok, text } = await pulumi(folder, world.environment, "stack", "init", stack);
  if (!ok) throw new Error(text);
  return folder;
}
