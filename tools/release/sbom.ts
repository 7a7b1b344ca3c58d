/** The list of materials (SBOM) of a package: what is installed with it, and what is built into it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { output, type PackageName } from "./packing.ts";
import { shippedWith } from "./shipped.ts";

const componentSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  purl: z.string().startsWith("pkg:npm/"),
  licenses: z.array(z.unknown()).min(1),
  hashes: z.array(z.object({ alg: z.literal("SHA-512"), content: z.string().regex(/^[0-9a-f]{128}$/) })).min(1),
});

/** What a CycloneDX document must have to be of use. */
const sbomSchema = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.string().regex(/^1\.\d$/),
  serialNumber: z.string().startsWith("urn:uuid:"),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string(), version: z.string() }) }),
  components: z.array(componentSchema.loose()),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/** A list of materials. */
export type Sbom = z.infer<typeof sbomSchema>;

/**
 * Has npm write the list, in the form of CycloneDX.
 *
 * @throws where it is not whole
 */
export async function sbomOf(name: PackageName, root: string): Promise<Sbom> {
  const { entries } = await shippedWith(name, root);
  const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=library", "--package-lock-only", "--omit=peer"];
  const text = await inProjectOf(name, root, (folder) => output("npm", args, folder));
  const sbom = sbomSchema.parse(JSON.parse(text));
  const listed = new Set(sbom.components.map((one) => `${one.name}@${one.version}`));
  const shipped = Object.entries(entries).map(
    ([at, { version }]) => `${at.replace(/^.*node_modules\//, "")}@${version}`,
  );
  const lost = shipped.filter((one) => !listed.has(one));
  if (lost.length > 0) throw new Error(`the list lacks ${lost.join(", ")}`);
  return sbom;
}

/** Which of what is shipped has known vulnerabilities; null where the registry does not say. */
export async function auditOf(name: PackageName, root: string): Promise<string[] | null> {
  const text = await inProjectOf(name, root, (folder) =>
    // It fails where there are some.
    output("npm", ["audit", "--json"], folder).catch((error: unknown) => String(Object(error).stdout ?? "")),
  );
  const answer = auditSchema.safeParse(JSON.parse(text || "null"));
  return answer.success ? Object.keys(answer.data.vulnerabilities) : null;
}

const auditSchema = z.object({ vulnerabilities: z.record(z.string(), z.unknown()) });

/**
 * Does something in a project that has just what a package brings. npm itself cannot tell: what is built in is no dependency for
 * it, and it writes no list in a workspace whose packages depend on each other by their folders.
 */
async function inProjectOf<Result>(
  name: PackageName,
  root: string,
  act: (folder: string) => Promise<Result>,
): Promise<Result> {
  const { manifest, direct, entries } = await shippedWith(name, root);
  const { version, description, license } = manifest;
  const project = { name, version, description, license, dependencies: direct };
  const packages = Object.fromEntries(
    Object.entries(entries).map(([at, { dev: _dev, devOptional: _devOptional, peer: _peer, ...entry }]) => [at, entry]),
  );
  const scratch = await mkdtemp(join(tmpdir(), "oauth-clients-shipped-"));
  try {
    // npm takes the name of the folder for that of the package.
    const folder = join(scratch, name);
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), JSON.stringify(project));
    const lock = { name, version, lockfileVersion: 3, requires: true, packages: { "": project, ...packages } };
    await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock));
    return await act(folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
