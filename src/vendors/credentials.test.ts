import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bearerParts, chooseCredential, neededKeys, type Origin } from "./credentials.ts";
import { nexusCredentials } from "./nexus/settings.ts";
import { rezolveCredentials } from "./rezolve/settings.ts";

const oneOf = (alternative: readonly string[]) => [...alternative].sort();
const KEYS = [...new Set(nexusCredentials.flat().flatMap(neededKeys))];

function keysOf(origins: Record<string, Origin | undefined>, alternatives = nexusCredentials): string[] | string {
  const choice = chooseCredential(alternatives, origins);
  return choice.found === "one" ? oneOf(choice.alternative.flatMap(neededKeys)) : choice.found;
}

const env = (...keys: string[]) => Object.fromEntries(keys.map((key): [string, Origin] => [key, "environment"]));
const config = (...keys: string[]) => Object.fromEntries(keys.map((key): [string, Origin] => [key, "config"]));

describe("the choice of a credential", () => {
  test.each<[string, Record<string, Origin>, string[] | string]>([
    ["nothing", {}, "none"],
    ["one", env("username", "password"), ["password", "username"]],
    ["one of config", config("token", "applicationToken"), ["applicationToken", "token"]],
    ["half", env("token"), "half"],
    ["two in one source", env("token", "tokenFile", "applicationToken"), "several"],
    ["parts of two", env("token", "username"), "several"],
    ["two complete ones", config("token", "applicationToken", "username", "password"), "several"],
    [
      "the environment against config",
      { ...config("token", "applicationToken"), ...env("username", "password") },
      ["password", "username"],
    ],
    [
      "the environment, completed",
      { ...config("applicationToken", "username"), ...env("token") },
      ["applicationToken", "token"],
    ],
    [
      "the environment, to be completed by either of two",
      { ...config("token", "tokenFile"), ...env("applicationToken") },
      "several",
    ],
    ["the environment, not mended with another choice", { ...config("username", "password"), ...env("token") }, "half"],
    [
      "a secret in the environment, the rest in config",
      { ...config("tokenUrl", "authClientId", "applicationToken", "token"), ...env("authClientSecret") },
      ["applicationToken", "authClientId", "authClientSecret", "tokenUrl"],
    ],
  ])("with %s", (_what, origins, expected) => {
    expect(keysOf(origins)).toEqual(expected);
  });

  test("of a vendor with bearer tokens only is one of three", () => {
    expect(rezolveCredentials).toHaveLength(bearerParts.length);
    expect(keysOf(env("token"), rezolveCredentials)).toEqual(["token"]);
    expect(keysOf(env("applicationToken"), rezolveCredentials)).toBe("none");
  });

  test("is always complete, and contains all that the environment says", () => {
    const anyOrigins = fc.record(
      Object.fromEntries(KEYS.map((key) => [key, fc.constantFrom<Origin>("environment", "config")])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyOrigins, (origins) => {
        const choice = chooseCredential(nexusCredentials, origins);
        if (choice.found !== "one") return;
        const keys = choice.alternative.flatMap(neededKeys);
        expect(keys.every((key) => origins[key] !== undefined)).toBe(true);
        for (const key of KEYS) if (origins[key] === "environment") expect(keys).toContain(key);
      }),
    );
  });
});
