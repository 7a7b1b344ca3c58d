/** What must be true before a release. */
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  fileListOf,
  freshTree,
  listOf,
  output,
  PACKAGE_NAMES,
  PACKAGES,
  type PackageName,
  type Packed,
  pack,
} from "./packing.ts";
import { auditOf, sbomOf } from "./sbom.ts";
import { readLock, readManifest, shippedWith } from "./shipped.ts";
import { hasUnreleased } from "./version.ts";

/** How a check ended: what was found; `unknown` where nobody could tell, which holds no release up. */
export type Outcome = { state: "passed" | "unknown"; said: string } | { state: "failed"; said: string; todo: string };

/** What checks are about. */
export interface Release {
  /** Of the repository. */
  root: string;
  version: string;
  /** Whether the tag is still to be made. */
  beforeTag: boolean;
  /** For tarballs; it goes afterwards. */
  scratch: string;
  /** The package with what is built now, packed once. */
  packed(name: PackageName): Promise<Packed>;
}

/** A check, by the name that it is chosen by. */
export interface Check {
  name: string;
  run(release: Release): Promise<Outcome>;
}

const passed = (said: string): Outcome => ({ state: "passed", said });
const failed = (said: string, todo: string): Outcome => ({ state: "failed", said, todo });

/** Licences that a company may take with a package without asking its lawyers again. */
const LICENCES: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);

/** npm runs these where somebody installs the package. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

export const CHECKS: readonly Check[] = [
  {
    name: "tree",
    async run({ root }) {
      const changed = (await output("git", ["status", "--porcelain"], root)).trim();
      if (changed === "") return passed("nothing is changed since the last commit");
      return failed(`changed since the last commit: ${changed.split("\n").join(", ")}`, "Commit it, or take it back.");
    },
  },
  {
    name: "tag",
    async run({ root, version, beforeTag }) {
      const tag = `v${version}`;
      const at = (await output("git", ["tag", "--points-at", "HEAD"], root)).split("\n");
      const known = (await output("git", ["tag", "--list", tag], root)).trim() !== "";
      if (beforeTag && known) return failed(`${tag} is there already`, "Raise the version.");
      if (beforeTag) return passed(`${tag} is still to be made`);
      if (at.includes(tag)) return passed(`this commit is ${tag}`);
      return failed(`this commit is not ${tag}`, `Run \`git tag ${tag}\`, or check with --before-tag.`);
    },
  },
  {
    name: "versions",
    async run({ root, version }) {
      const lock = await readLock(root);
      const sandbox = await readManifest(join(root, "sandbox"));
      const plugin = await readManifest(join(root, "plugin"));
      const schema: unknown = JSON.parse(await readFile(join(root, "plugin", "schema.json"), "utf8"));
      const command = async (file: string) => (await output(process.execPath, [file, "--version"], root)).trim();
      const found: Record<string, string | undefined> = {
        "sandbox/package.json": sandbox.version,
        "plugin/package.json": plugin.version,
        "plugin/schema.json": String(Object(schema).version),
        "package-lock.json": lock[""]?.version,
        "package-lock.json (sandbox)": lock.sandbox?.version,
        "package-lock.json (plugin)": lock.plugin?.version,
        "oauth-clients --version": await command("dist/cli.js"),
        "oauth-clients-sandbox --version": await command("sandbox/dist/cli.js"),
        // What every request names itself by.
        "user-agent": (await readFile(join(root, "dist", "provider", "house.js"), "utf8")).includes(`"${version}"`)
          ? version
          : undefined,
      };
      const others = Object.entries(found).filter(([, one]) => one !== version);
      if (others.length === 0) return passed(`${version} everywhere`);
      const said = others.map(([where, one]) => `${where} has ${one ?? "none"}`).join(", ");
      return failed(
        `package.json has ${version}, but ${said}`,
        "Set it in every package.json, and run `npm install --package-lock-only`, `npm run sdks` and `npm run build`.",
      );
    },
  },
  {
    name: "repository",
    async run({ root }) {
      const todo =
        'Let "repository" of every package.json name the repository that publishes, as { "type", "url", "directory" }.';
      const published = process.env.GITHUB_REPOSITORY;
      for (const name of PACKAGE_NAMES) {
        const { repository } = await readManifest(join(root, PACKAGES[name]));
        if (repository === undefined) return failed(`${name} does not say where it comes from`, todo);
        if (published === undefined || repository.url.replace(/\.git$/, "").endsWith(`/${published}`)) continue;
        return failed(`${name} says it comes from ${repository.url}, and this is ${published}`, todo);
      }
      return passed("every package says where it comes from, which its provenance is compared with");
    },
  },
  {
    name: "changelog",
    async run({ root, version }) {
      const text = await readFile(join(root, "CHANGELOG.md"), "utf8");
      const [heading = "none"] = /^## .*$/m.exec(text) ?? [];
      const todo = `Let the first section be "## [${version}] - <date>", and no "[Unreleased]" be left.`;
      if (hasUnreleased(text)) return failed('CHANGELOG.md still has "Unreleased"', todo);
      const isDated = heading.startsWith(`## [${version}] - `) && /- \d{4}-\d\d-\d\d$/.test(heading);
      return isDated ? passed(heading.slice(3)) : failed(`the first section of CHANGELOG.md is "${heading}"`, todo);
    },
  },
  {
    name: "state",
    async run({ root, version }) {
      const files = ["json", "ts"].map((ending) => `test/engine/states/${version}.${ending}`);
      for (const file of files) {
        const there = await access(join(root, file)).then(
          () => true,
          () => false,
        );
        if (!there) return failed(`there is no ${file}`, "Run `npm run state-fixture`, and commit what it writes.");
      }
      return passed(`${files[0]} keeps what states of this version look like`);
    },
  },
  {
    name: "lockfile",
    async run({ root }) {
      const lock = await readLock(root);
      const wrong = Object.entries(lock).filter(([at, entry]) => {
        const isOurs = entry.link || !at.includes("node_modules/");
        const isElsewhere = entry.resolved !== undefined && !entry.resolved.startsWith("https://registry.npmjs.org/");
        return !isOurs && ((entry.integrity === undefined && !entry.inBundle) || isElsewhere);
      });
      const [first] = wrong;
      const todo = "Run `npm install --package-lock-only` with the public registry, and commit package-lock.json.";
      if (first !== undefined) return failed(`${first[0]} in package-lock.json has no hash, or another source`, todo);
      for (const at of Object.keys(lock).filter((one) => !one.includes("node_modules/"))) {
        const manifest = await readManifest(join(root, at));
        for (const kind of ["dependencies", "peerDependencies", "devDependencies"] as const) {
          if (isDeepStrictEqual(manifest[kind], lock[at]?.[kind] ?? {})) continue;
          return failed(`package-lock.json is not in step with ${join(at, "package.json")}`, todo);
        }
      }
      return passed(`${Object.keys(lock).length} entries, each package with its hash`);
    },
  },
  {
    name: "licences",
    async run({ root }) {
      const licences = new Set<string>();
      for (const name of PACKAGE_NAMES) {
        for (const [at, { license = "none" }] of Object.entries((await shippedWith(name, root)).entries)) {
          if (
            !license
              .replace(/^\((.*)\)$/, "$1")
              .split(" AND ")
              .every((one) => LICENCES.has(one))
          ) {
            return failed(`${name} brings ${at} under the licence ${license}`, "Do without it, or read the licence.");
          }
          licences.add(license);
        }
      }
      return passed([...licences].sort().join(", "));
    },
  },
  {
    name: "scripts",
    async run({ root }) {
      for (const name of PACKAGE_NAMES) {
        const { manifest, entries } = await shippedWith(name, root);
        const own = INSTALL_SCRIPTS.filter((script) => script in manifest.scripts);
        if (own.length > 0) return failed(`${name} has the script ${own.join(", ")}`, "Do it without.");
        const [other] = Object.entries(entries).find(([, entry]) => entry.hasInstallScript) ?? [];
        if (other !== undefined) return failed(`${name} brings ${other}, which runs a script`, "Do without it.");
      }
      return passed("nothing runs a script when it is installed");
    },
  },
  {
    name: "actions",
    async run({ root }) {
      const text = await readFile(join(root, ".github", "workflows", "release.yml"), "utf8");
      const used = [...new Set(Array.from(text.matchAll(/uses: (\S+)/g), ([, action = ""]) => action))];
      const movable = used.filter((action) => !/@[0-9a-f]{40}$/.test(action)).join(", ");
      if (movable === "") return passed(`${used.length}, each pinned to a commit`);
      return {
        state: "unknown",
        said: `nobody can tell which code ${movable} will be: CONTRIBUTING.md says how to pin it`,
      };
    },
  },
  {
    name: "vulnerabilities",
    async run({ root }) {
      const found: string[] = [];
      for (const name of PACKAGE_NAMES) {
        const answer = await auditOf(name, root);
        if (answer === null) return { state: "unknown", said: "the registry did not say which are known" };
        found.push(...answer);
      }
      if (found.length === 0) return passed("none is known of what is installed or built in");
      return failed(`known in ${[...new Set(found)].join(", ")}`, "Run `npm audit`, and take versions without them.");
    },
  },
  {
    name: "files",
    async run({ root, packed: packedOf }) {
      let count = 0;
      for (const name of PACKAGE_NAMES) {
        const packed = await packedOf(name);
        const listed = await readFile(join(root, fileListOf(name)), "utf8").catch(() => "");
        const [are, shall] = [listOf(packed).split("\n"), listed.split("\n")];
        const more = are.filter((file) => !shall.includes(file)).map((file) => `more: ${file}`);
        const less = shall.filter((file) => !are.includes(file)).map((file) => `missing: ${file}`);
        if (more.length + less.length > 0) {
          const said = `${name} has not the files that ${fileListOf(name)} lists (${[...more, ...less].join(", ")})`;
          return failed(said, "Build, or run `npx vitest run test/pack/tarball --update` if it is meant.");
        }
        count += packed.files.length;
      }
      return passed(`${count}, as listed`);
    },
  },
  {
    name: "materials",
    async run({ root }) {
      const counts: string[] = [];
      for (const name of PACKAGE_NAMES) counts.push(`${(await sbomOf(name, root)).components.length} of ${name}`);
      return passed(`${counts.join(", ")}, as CycloneDX`);
    },
  },
  {
    name: "types",
    async run({ root, packed: packedOf }) {
      for (const name of PACKAGE_NAMES) {
        const { tarball } = await packedOf(name);
        const { types } = await readManifest(join(root, PACKAGES[name]));
        // Nobody imports a program.
        const ofTypes = types === undefined ? [] : [["attw"]];
        for (const [command, ...options] of [["publint", "--strict"], ...ofTypes]) {
          const file = join(root, "node_modules", ".bin", command ?? "");
          try {
            await output(file, [tarball, ...options], root);
          } catch {
            return failed(`${command} does not like ${name}`, "Run `npm run check:package`, which says why.");
          }
        }
      }
      return passed("publint and attw have no objections");
    },
  },
  {
    name: "build",
    async run({ root, scratch, packed: packedOf }) {
      const folder = await mkdtemp(join(scratch, "again-"));
      const tree = await freshTree(folder, root);
      for (const name of PACKAGE_NAMES) {
        const again = await pack(name, folder, tree, false);
        if (again.integrity !== (await packedOf(name)).integrity) {
          return failed(
            `${name} is another one when it is built and packed anew`,
            "Run `npm run build`, and try again.",
          );
        }
      }
      return passed("built and packed anew, every package is the same to the byte");
    },
  },
  {
    name: "sdks",
    async run({ root }) {
      try {
        await output(process.execPath, ["tools/sdks/main.ts", "--check"], root);
        return passed("the schema is as the code has it, and the SDKs are made of it");
      } catch {
        return failed(
          "the schema of the packaged provider, or its SDKs, are stale",
          "Run `npm run sdks`, and commit it.",
        );
      }
    },
  },
  {
    name: "docs",
    async run({ root }) {
      try {
        await output(process.execPath, ["tools/docs/main.ts", "--check"], root);
        return passed("what is generated in the docs is as the code has it");
      } catch {
        return failed("something generated in the docs is stale", "Run `npm run docs`, and commit what it writes.");
      }
    },
  },
];

/**
 * Runs checks, one after another.
 *
 * @param told called as soon as one has ended
 * @param keep gets the release while its tarballs are there, if no check failed
 */
export async function checked(
  { root, beforeTag }: Pick<Release, "root" | "beforeTag">,
  checks: readonly Check[],
  told: (check: Check, outcome: Outcome) => void,
  keep: (release: Release) => Promise<void>,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "oauth-clients-release-"));
  try {
    const { version = "none" } = await readManifest(root);
    const tarballs = new Map<PackageName, Promise<Packed>>();
    const packed = (name: PackageName) => {
      const known = tarballs.get(name) ?? pack(name, scratch, root, true);
      tarballs.set(name, known);
      return known;
    };
    const release = { root, version, beforeTag, scratch, packed };
    let isReady = true;
    for (const check of checks) {
      const outcome = await check.run(release).catch((error: unknown) => failed(sentence(error), "See why."));
      if (outcome.state === "failed") isReady = false;
      told(check, outcome);
    }
    if (isReady) await keep(release);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function sentence(error: unknown): string {
  return `the check itself failed: ${(error instanceof Error ? error.message : String(error)).trim().replace(/\s+/g, " ")}`;
}
