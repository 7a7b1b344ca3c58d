/** Which version the code of this tree is. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "./packing.ts";
import { readManifest } from "./shipped.ts";

/** Whether CHANGELOG.md still has a section of what no version has. */
export function hasUnreleased(changelog: string): boolean {
  return /\[unreleased\]/i.test(changelog);
}

/**
 * The version to write beside what was measured: that of package.json, with `+unreleased` where the code has changes that the
 * version of this number never had.
 */
export async function versionOfTree(root = ROOT): Promise<string> {
  const { version = "none" } = await readManifest(root);
  const changelog = await readFile(join(root, "CHANGELOG.md"), "utf8");
  return hasUnreleased(changelog) ? `${version}+unreleased` : version;
}
