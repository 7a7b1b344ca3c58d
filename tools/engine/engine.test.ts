import { delimiter } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { EngineError, engineEnvironment, ensureEngine, findEngine } from "./engine.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("the environment of an engine", () => {
  const isolation = { home: "/tmp/home", backendDirectory: "/tmp/my states", passphrase: "only for this test" };
  const make = (inherited: Record<string, string>, colours = false) =>
    engineEnvironment({ directory: "/opt/engine" }, { ...isolation, colours }, inherited);

  it("points Pulumi to its own home, states and passphrase, and keeps it off the network", () => {
    expect(make({})).toMatchObject({
      PULUMI_HOME: "/tmp/home",
      PULUMI_BACKEND_URL: "file:///tmp/my%20states",
      PULUMI_CONFIG_PASSPHRASE: "only for this test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
  });

  it("lets nothing of the user's own Pulumi in, and all else", () => {
    const made = make({ PULUMI_ACCESS_TOKEN: "t", PULUMI_STACK: "prod", LANG: "C.UTF-8", OAUTH_TOKEN: "x" });
    expect(made).not.toHaveProperty("PULUMI_ACCESS_TOKEN");
    expect(made).not.toHaveProperty("PULUMI_STACK");
    expect(made).toMatchObject({ LANG: "C.UTF-8", OAUTH_TOKEN: "x" });
  });

  it("has a Node of this repository first, then the engine, then the user's PATH", () => {
    const [node, engine, ...rest] = (make({ PATH: "/usr/bin:/bin" }).PATH ?? "").split(delimiter);
    expect(node).toMatch(/node.*bin$/);
    expect([engine, ...rest]).toEqual(["/opt/engine", "/usr/bin", "/bin"]);
  });

  it("has no colours unless they are asked for", () => {
    expect(make({ FORCE_COLOR: "1" })).toMatchObject({ NO_COLOR: "1", FORCE_COLOR: "0" });
    expect(make({}, true)).not.toHaveProperty("NO_COLOR");
  });
});

describe("without an engine", () => {
  const nowhere = () => {
    vi.stubEnv("PATH", "/nonexistent");
    vi.stubEnv("OAUTH_CLIENTS_CACHE_DIR", "/nonexistent");
  };

  it("finding one fails with a code and says what to run", async () => {
    nowhere();
    vi.stubEnv("OAUTH_CLIENTS_ENGINE", "");
    const error = await findEngine().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "engine-missing", message: expect.stringContaining("run: npm run engine") });
  });

  it("a forced way that fails is not replaced by another", async () => {
    nowhere();
    vi.stubEnv("OAUTH_CLIENTS_ENGINE", "path");
    await expect(ensureEngine()).rejects.toMatchObject({ code: "engine-unavailable" });
  });

  it("a misspelt OAUTH_CLIENTS_ENGINE is an error of its own", async () => {
    vi.stubEnv("OAUTH_CLIENTS_ENGINE", "biuld");
    await expect(findEngine()).rejects.toMatchObject({ code: "engine-choice" });
  });
});
