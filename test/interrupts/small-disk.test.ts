import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SmallDisk } from "./small-disk.ts";

const MODULE = JSON.stringify(new URL("small-disk.ts", import.meta.url).href);

test.skipIf(!(await SmallDisk.isPossible()))("a disk whose process died is unmounted, and no other", async () => {
  const folder = await mkdtemp(join(tmpdir(), "small disks "));
  const mounted = () =>
    ["own", "left"].filter((name) => spawnSync("mountpoint", ["-q", join(folder, name)]).status === 0);
  const own = await SmallDisk.mount(join(folder, "own"), 1);
  try {
    const left = JSON.stringify(join(folder, "left"));
    const mounting = `await (await import(${MODULE})).SmallDisk.mount(${left}, 1)`;
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", mounting], { encoding: "utf8" });
    expect(mounted(), stderr).toEqual(["own", "left"]);
    await SmallDisk.sweep();
    expect(mounted()).toEqual(["own"]);
  } finally {
    await SmallDisk.sweep();
    await own.unmount();
    await rm(folder, { recursive: true });
  }
});
