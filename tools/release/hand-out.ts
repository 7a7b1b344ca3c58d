import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Release } from "./checks.ts";
import { PACKAGE_NAMES } from "./packing.ts";
import { sbomOf } from "./sbom.ts";

/** Puts the tarballs of a release, each with its list of materials, into a folder. */
export async function handOut({ packed, root }: Release, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of PACKAGE_NAMES) {
    const { tarball } = await packed(name);
    const file = basename(tarball);
    await copyFile(tarball, join(folder, file));
    const sbom = `${JSON.stringify(await sbomOf(name, root), null, 2)}\n`;
    await writeFile(join(folder, file.replace(/\.tgz$/, ".cdx.json")), sbom);
  }
}
