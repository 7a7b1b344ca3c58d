import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Client } from "./nexus.ts";
import { OAuthClient } from "./rezolve.ts";

const BOT = {
  name: "CI bot",
  clientType: "confidential" as const,
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }),
    call: ({ inputs }) => inputs,
  });
});

let limit: number;
beforeEach(() => {
  limit = Error.stackTraceLimit;
});
afterEach(() => {
  expect(Error.stackTraceLimit).toBe(limit);
});

const parentWith = (transformations: pulumi.ResourceTransformation[] = []) =>
  new pulumi.ComponentResource("test:index:Parent", `parent-${Math.random()}`, {}, { transformations });

describe("while a resource is made", () => {
  test("no stack trace is taken, and afterwards they are again", () => {
    let during = Number.NaN;
    class Watched extends OAuthClient {}
    const parent = parentWith();
    const original = Object.getOwnPropertyDescriptor(parent, "__childResources");
    Object.defineProperty(parent, "__childResources", {
      configurable: true,
      get: () => {
        during = Error.stackTraceLimit;
        return new Set();
      },
      set: () => {},
    });
    new Watched("watched", BOT, { parent });
    expect(during).toBe(0);
    if (original !== undefined) Object.defineProperty(parent, "__childResources", original);
  });

  test.each([
    ["its own", true],
    ["its parent's", false],
  ])("traces are taken as ever where a transformation may run, %s", (_whose, isOwn) => {
    const limits: number[] = [];
    const note: pulumi.ResourceTransformation = () => {
      limits.push(Error.stackTraceLimit);
      return undefined;
    };
    const parent = parentWith(isOwn ? [] : [note]);
    limits.length = 0;
    new OAuthClient(`bot-${_whose}`, BOT, { parent, transformations: isOwn ? [note] : [] });
    expect(limits).toEqual([limit]);
  });

  test("it is the program's own stack that says whether a transformation may run", async () => {
    const limits: number[] = [];
    const program = (isTransformed: boolean) => async () => {
      const note: pulumi.ResourceTransformation = () => {
        limits.push(Error.stackTraceLimit);
        return undefined;
      };
      if (isTransformed) pulumi.runtime.registerStackTransformation(note);
      new OAuthClient("bot", BOT);
    };
    // As two inline programs of the automation API in one process.
    for (const isTransformed of [false, true, false]) {
      await pulumi.runtime.runInPulumiStack(program(isTransformed));
    }
    expect(limits).toEqual([limit]);
  });
});

describe("an error out of the constructor", () => {
  function makeNameless(): void {
    new OAuthClient("", BOT, { parent: parentWith() });
  }
  function makeImported(): void {
    new Client("portal", { name: "Portal", appType: "spa" }, { parent: parentWith(), import: "client-1" });
  }

  test.each([
    ["of the SDK", makeNameless, "Missing resource name argument"],
    ["of ours", makeImported, "the option import cannot work"],
  ])("%s says where in the program it comes from", (_whose, make, message) => {
    let thrown: unknown;
    try {
      make();
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toContain(message);
    const [first = "", second = ""] = String(Object(thrown).stack)
      .split("\n")
      .filter((line) => /^\s+at /.test(line));
    expect(first + second).toContain(make.name);
    expect(first + second).toContain("traces.test.ts");
  });

  test("that had its frames already keeps them", () => {
    const thrown = new Error("of the program");
    const { stack } = thrown;
    const args = Object.defineProperty({ ...BOT }, "name", {
      enumerable: true,
      get: () => {
        throw thrown;
      },
    });
    expect(() => new OAuthClient("bot", args, { parent: parentWith() })).toThrow(thrown);
    expect(thrown.stack).toBe(stack);
  });
});
