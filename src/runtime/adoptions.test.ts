import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Adoptions } from "./adoptions.ts";

// As in a container whose user has no name.
vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  userInfo: () => {
    throw new Error("no such user");
  },
}));

const ENGINE = "127.0.0.1:40001";
const URN = "urn:pulumi:dev::bots::oauth-clients:rezolve:OAuthClient::bot";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "adoptions-"));
});
afterEach(() => rm(parent, { recursive: true }));

test("what one process of a run has adopted is known to another, and to no other run", () => {
  const one = new Adoptions(ENGINE, parent);
  const other = new Adoptions(ENGINE, parent);
  one.note("client-1", URN);
  expect(other.adopterOf("client-1")).toBe(URN);
  expect(other.adopterOf("client-2")).toBeNull();
  // Its own are known where it knows more of them.
  expect(one.adopterOf("client-1")).toBeNull();
  expect(new Adoptions("127.0.0.1:40002", parent).adopterOf("client-1")).toBeNull();
  one.forget();
  expect(other.adopterOf("client-1")).toBeNull();
});

test("nothing is made before something is adopted, and no folder of a run is left behind", async () => {
  const one = new Adoptions(ENGINE, parent);
  const other = new Adoptions(ENGINE, parent);
  expect(one.adopterOf("client-1")).toBeNull();
  expect(await readdir(parent)).toEqual([]);
  one.note("client-1", URN);
  other.note("client-2", URN);
  one.forget();
  expect(one.adopterOf("client-2")).toBe(URN);
  other.forget();
  expect(await readdir(join(parent, (await readdir(parent))[0] ?? ""))).toEqual([]);
});

test("what a process has left that was killed counts for nothing", async () => {
  const one = new Adoptions(ENGINE, parent);
  one.note("client-1", URN);
  const [own = ""] = await readdir(parent);
  const [run = ""] = await readdir(join(parent, own));
  const [file = ""] = await readdir(join(parent, own, run));
  const child = spawn(process.execPath, ["--version"]);
  await once(child, "exit");
  await writeFile(join(parent, own, run, file), JSON.stringify({ pid: child.pid, urn: URN }));
  expect(new Adoptions(ENGINE, parent).adopterOf("client-1")).toBeNull();
  for (const text of ["", "{", "[]", '{"pid":"1"}']) {
    await writeFile(join(parent, own, run, file), text);
    expect(new Adoptions(ENGINE, parent).adopterOf("client-1")).toBeNull();
  }
});

describe.skipIf(process.platform === "win32")("nothing is noted, and nothing fails,", () => {
  const own = () => join(parent, `pulumi-oauth-clients-${process.getuid?.()}`);
  const noted = () => {
    new Adoptions(ENGINE, parent).note("client-1", URN);
    return new Adoptions(ENGINE, parent).adopterOf("client-1");
  };

  test("in a folder that others can read", async () => {
    await mkdir(own());
    await chmod(own(), 0o755);
    expect(noted()).toBeNull();
  });

  test("behind a link", async () => {
    await mkdir(join(parent, "elsewhere"), { mode: 0o700 });
    await symlink(join(parent, "elsewhere"), own());
    expect(noted()).toBeNull();
  });

  test("where a file is in the way", async () => {
    await writeFile(own(), "");
    expect(noted()).toBeNull();
  });

  test("where no engine is known", () => {
    new Adoptions(null, parent).note("client-1", URN);
    expect(new Adoptions(null, parent).adopterOf("client-1")).toBeNull();
  });
});
