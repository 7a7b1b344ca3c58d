import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachedVersion, cacheFolder, digest, locked, missingPrograms, PROGRAMS, publish, sweep } from "./cache.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "engine-cache-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const fill = (version: string) => async (folder: string) => {
  for (const name of PROGRAMS) await writeFile(join(folder, name), version, { mode: 0o755 });
  return version;
};

describe("the cache folder", () => {
  it.each([
    [{ OAUTH_CLIENTS_CACHE_DIR: "/a", XDG_CACHE_HOME: "/b" }, "/a"],
    [{ XDG_CACHE_HOME: "/b" }, "/b/pulumi-oauth-clients"],
    [{ XDG_CACHE_HOME: "relative" }, "/home/ada/.cache/pulumi-oauth-clients"],
    [{ OAUTH_CLIENTS_CACHE_DIR: "" }, "/home/ada/.cache/pulumi-oauth-clients"],
  ])("%j leads to %s", (environment, folder) => {
    expect(cacheFolder(environment, "/home/ada")).toBe(folder);
  });

  it("gets another key when anything in the recipe changes", () => {
    expect(digest(["a", "b"])).not.toBe(digest(["a", "c"]));
    expect(digest(["ab", ""])).not.toBe(digest(["a", "b"]));
  });
});

describe("publishing an engine", () => {
  it("makes it found, with its version", async () => {
    const folder = join(root, "engine");
    expect(await cachedVersion(folder)).toBeUndefined();
    await publish(folder, fill("3.1.0"));
    expect(await cachedVersion(folder)).toBe("3.1.0");
  });

  it("shows nothing before it is complete", async () => {
    const folder = join(root, "engine");
    await publish(folder, async (unfinished) => {
      const version = await fill("3.1.0")(unfinished);
      expect(await cachedVersion(folder)).toBeUndefined();
      return version;
    });
  });

  it.each([
    ["fails", () => Promise.reject(new Error("compiler"))],
    ["gives up", async () => undefined],
  ])("keeps the engine that was there, and leaves no litter, when it %s", async (_name, broken) => {
    const folder = join(root, "engine");
    await publish(folder, fill("3.1.0"));
    await publish(folder, broken).catch(() => {});
    expect(await cachedVersion(folder)).toBe("3.1.0");
    expect(await readdir(root)).toEqual(["engine"]);
  });

  it("by many at the same time ends with one whole engine", async () => {
    const folder = join(root, "engine");
    const versions = ["3.1.0", "3.2.0", "3.3.0"];
    await Promise.all(versions.map((version) => publish(folder, fill(version))));
    const winner = await cachedVersion(folder);
    expect(versions).toContain(winner);
    for (const name of PROGRAMS) expect(await readFile(join(folder, name), "utf8")).toBe(winner);
    expect(await readdir(root)).toEqual(["engine"]);
  });
});

describe("a cached folder", () => {
  it("is not an engine when a program was deleted from it or cannot be run", async () => {
    const folder = join(root, "engine");
    await publish(folder, fill("3.1.0"));
    await writeFile(join(folder, "pulumi"), "", { mode: 0o644 });
    await rm(join(folder, "pulumi"));
    await rm(join(folder, "pulumi-language-nodejs"));
    await writeFile(join(folder, "pulumi"), "", { mode: 0o644 });
    expect(await missingPrograms(folder)).toEqual(["pulumi", "pulumi-language-nodejs"]);
    expect(await cachedVersion(folder)).toBeUndefined();
  });

  it("loses the leftovers of killed runs only when they are old", async () => {
    const id = "0b7b2e9a-3c1d-4f7e-8a55-0123456789ab";
    for (const name of [`a.unfinished-${id}`, `b.unfinished-${id}`, "c"]) await writeFile(join(root, name), "");
    const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
    for (const name of [`a.unfinished-${id}`, "c"]) await utimes(join(root, name), longAgo, longAgo);
    await sweep(root);
    expect((await readdir(root)).sort()).toEqual([`b.unfinished-${id}`, "c"]);
  });
});

describe("the lock", () => {
  it("lets one in at a time and tells the other whom it waits for", async () => {
    const file = join(root, ".lock");
    const events: string[] = [];
    const one = (name: string) =>
      locked(
        file,
        (holder) => events.push(`${name} waits for ${holder}`),
        async () => {
          events.push(`${name} in`);
          await sleep(60);
          events.push(`${name} out`);
        },
        { poll: 5 },
      );
    await Promise.all([one("a"), sleep(20).then(() => one("b"))]);
    expect(events).toEqual(["a in", `b waits for ${hostname()} ${process.pid}`, "a out", "b in", "b out"]);
    expect(await readdir(root)).toEqual([]);
  });

  it("of a process that has ended is taken over at once", async () => {
    const file = join(root, ".lock");
    // Above the largest process number that Linux and macOS give out.
    await writeFile(file, `${hostname()} 99999999`);
    expect(
      await locked(
        file,
        () => {},
        async () => "in",
        { poll: 5 },
      ),
    ).toBe("in");
  });

  it("of another machine is taken over when it is no longer touched", async () => {
    const file = join(root, ".lock");
    await writeFile(file, "elsewhere 1");
    expect(
      await locked(
        file,
        () => {},
        async () => "in",
        { poll: 5, deadAfter: 40 },
      ),
    ).toBe("in");
  });

  it("is given back when the work fails", async () => {
    const file = join(root, ".lock");
    const work = locked(
      file,
      () => {},
      () => Promise.reject(new Error("compiler")),
    );
    await expect(work).rejects.toThrow("compiler");
    expect(await readdir(root)).toEqual([]);
  });
});
