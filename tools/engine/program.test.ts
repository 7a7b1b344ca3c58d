import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { presentProgram } from "./program.ts";

const RECIPE = { name: "program", variable: "NAMED" } as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "program-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a program that is there", () => {
  const write = async (name: string, mode = 0o755) => {
    await writeFile(join(folder, name), "", { mode });
    return join(folder, name);
  };

  it("is the one that the environment names, before the one on PATH", async () => {
    const [onPath, named] = [await write("program"), await write("other")];
    expect(await presentProgram(RECIPE, { PATH: folder })).toEqual({ usable: true, value: onPath });
    expect(await presentProgram(RECIPE, { PATH: folder, NAMED: named })).toEqual({ usable: true, value: named });
    expect(await presentProgram(RECIPE, { PATH: folder, NAMED: "" })).toEqual({ usable: true, value: onPath });
  });

  it("may be none, so that it is built", async () => {
    expect(await presentProgram(RECIPE, { PATH: folder })).toEqual({ usable: true, value: undefined });
  });

  it("is not another one than the environment names", async () => {
    await write("program");
    const named = await write("no-program", 0o644);
    const reason = `NAMED names ${named}, which is no program; correct it, or unset it`;
    expect(await presentProgram(RECIPE, { PATH: folder, NAMED: named })).toEqual({ usable: false, reason });
  });
});
