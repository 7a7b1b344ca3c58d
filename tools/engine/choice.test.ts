import { describe, expect, it } from "vitest";
import { explainFailure, isAtLeast, judgeGo, judgePath, kindsToTry, type PathFacts, parseVersion } from "./choice.ts";

describe("versions", () => {
  it.each([
    ["v3.259.0\n", "3.259.0"],
    ["3.200.0", "3.200.0"],
    ["v3.260.0-alpha.x1a2b3c", "3.260.0-alpha.x1a2b3c"],
    ["v3.260.0-dev.0+dirty", "3.260.0-dev.0"],
    ["go1.26.8", "1.26.8"],
    ["go1.26", "1.26.0"],
    ["go1.27rc1", "1.27.0"],
    ["go1.26.8 X:nogreenteagc", "1.26.8"],
    ["command not found", undefined],
    ["3", undefined],
    ["", undefined],
  ])("%j is read as %s", (text, version) => {
    expect(parseVersion(text)).toBe(version);
  });

  it.each([
    ["3.200.0", "3.200.0", true],
    ["3.199.9", "3.200.0", false],
    ["3.1000.0", "3.200.0", true],
    ["4.0.0", "3.200.0", true],
    ["2.999.0", "3.200.0", false],
    ["3.200.0-alpha.1", "3.200.0", true],
    ["1.26.0", "1.26.0", true],
    ["1.9.0", "1.26.0", false],
  ])("%s against a floor of %s: %s", (version, floor, verdict) => {
    expect(isAtLeast(version, floor)).toBe(verdict);
  });
});

describe("a pulumi on PATH", () => {
  const whole: PathFacts = {
    pulumi: "/opt/bin/pulumi",
    answer: { output: "v3.210.1\n" },
    languageHost: "/opt/bin/pulumi-language-nodejs",
    dynamicProvider: "/opt/bin/pulumi-resource-pulumi-nodejs",
  };

  it("is used when it is new enough and complete", () => {
    expect(judgePath(whole)).toEqual({ usable: true, value: { pulumi: "/opt/bin/pulumi", version: "3.210.1" } });
  });

  it.each<[string, Partial<PathFacts>, RegExp]>([
    ["is absent", { pulumi: undefined }, /no pulumi on PATH/],
    ["does not run", { answer: { failure: "no answer within 10 s" } }, /does not run: no answer within 10 s/],
    ["is too old", { answer: { output: "v3.199.0" } }, /3\.199\.0, older than 3\.200\.0/],
    ["is something else of that name", { answer: { output: "usage: pulumi" } }, /does not tell its version/],
    ["has no Node language host", { languageHost: undefined }, /no pulumi-language-nodejs/],
    ["has no shim for dynamic resources", { dynamicProvider: undefined }, /no pulumi-resource-pulumi-nodejs/],
  ])("is passed over, with the reason, when it %s", (_name, change, reason) => {
    expect(judgePath({ ...whole, ...change })).toEqual({ usable: false, reason: expect.stringMatching(reason) });
  });
});

describe("a build from Go modules", () => {
  const facts = { platform: "linux", go: "/usr/local/go/bin/go", answer: { output: "go1.26.8\n" } };

  it("is possible with the Go that go.mod asks for", () => {
    expect(judgeGo(facts)).toEqual({ usable: true, value: { go: facts.go, version: "1.26.8" } });
  });

  it.each([
    ["there is no Go", { go: undefined }, /no go on PATH/],
    ["Go is too old", { answer: { output: "go1.25.7" } }, /1\.25\.7, older than 1\.26\.0/],
    ["Go does not run", { answer: { failure: "spawn EACCES" } }, /does not run: spawn EACCES/],
    ["the platform is Windows", { platform: "win32" }, /Linux and macOS only/],
  ])("is refused, with the reason, when %s", (_name, change, reason) => {
    expect(judgeGo({ ...facts, ...change })).toEqual({ usable: false, reason: expect.stringMatching(reason) });
  });
});

describe("OAUTH_CLIENTS_ENGINE", () => {
  it("unset or empty leaves all three ways, the cheapest first", () => {
    const all = { usable: true, value: ["path", "install", "build"] };
    expect(kindsToTry(undefined)).toEqual(all);
    expect(kindsToTry("")).toEqual(all);
  });

  it("forces one way", () => {
    expect(kindsToTry("build")).toEqual({ usable: true, value: ["build"] });
  });

  it("is refused when it names no way, instead of being ignored", () => {
    expect(kindsToTry("docker")).toEqual({ usable: false, reason: expect.stringContaining("path, install, build") });
  });
});

describe("the message when nothing works", () => {
  it("names each way tried, why it failed, and what to do", () => {
    const text = explainFailure([
      { kind: "path", reason: "no pulumi on PATH" },
      { kind: "install", reason: "get.pulumi.com: no answer within 8 s" },
      { kind: "build", reason: "no go on PATH" },
    ]);
    expect(text).toMatch(/1\. .*no pulumi on PATH\n.*2\. .*no answer within 8 s\n.*3\. .*no go on PATH\n/);
    expect(text).toContain("https://www.pulumi.com/docs/install/");
    expect(text).toContain("Go >= 1.26");
    expect(text).not.toContain("Not tried");
  });

  it("says which ways a forced choice has left out", () => {
    expect(explainFailure([{ kind: "path", reason: "x" }])).toMatch(/Not tried, .*: install, build\./);
  });
});
