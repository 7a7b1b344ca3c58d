import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { FIELDS as NEXUS } from "../vendors/nexus/fields.ts";
import * as nexusInputs from "../vendors/nexus/inputs.ts";
import { FIELDS as REZOLVE } from "../vendors/rezolve/fields.ts";
import * as rezolveInputs from "../vendors/rezolve/inputs.ts";
import type * as nexus from "./nexus.ts";
import type * as rezolve from "./rezolve.ts";

/** Whether two types take the same. */
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : never) : never;

/** What a program may give, once all of it is known, without what stands for nothing. */
type Given<Args> = { [Name in keyof Args]-?: Exclude<pulumi.Unwrap<Args[Name]>, undefined> };

/** What the provider takes, likewise. */
type Taken<Schema extends z.ZodType> = {
  [Name in keyof z.input<Schema>]-?: Exclude<z.input<Schema>[Name], undefined>;
};

/** The names of a class's arguments and of the provider's inputs. */
type SameNames<Args, Schema extends z.ZodType> = Same<keyof Args, keyof z.input<Schema>>;

/** Arguments that the provider would refuse, or takes and no program can give. */
type Odd<Args, Schema extends z.ZodType> = {
  [Name in keyof Args & keyof Taken<Schema>]: Same<Given<Args>[Name], Taken<Schema>[Name]> extends true ? never : Name;
}[keyof Args & keyof Taken<Schema>];

// The compiler checks these: neither the class nor the schema of the inputs can gain, lose or change an input alone.
const SAME: [
  SameNames<rezolve.OAuthClientArgs, typeof rezolveInputs.clientInputs>,
  SameNames<rezolve.OAuthClientDeletionArgs, typeof rezolveInputs.deletionInputs>,
  SameNames<nexus.ClientArgs, typeof nexusInputs.clientInputs>,
  SameNames<nexus.ClientDeletionArgs, typeof nexusInputs.deletionInputs>,
  Same<keyof rezolve.OAuthClientArgs, keyof typeof REZOLVE | "adopt">,
  Same<keyof nexus.ClientArgs, keyof typeof NEXUS | "adopt">,
  Same<Odd<rezolve.OAuthClientArgs, typeof rezolveInputs.clientInputs>, never>,
  Same<Odd<rezolve.OAuthClientDeletionArgs, typeof rezolveInputs.deletionInputs>, never>,
  Same<Odd<nexus.ClientArgs, typeof nexusInputs.clientInputs>, never>,
  Same<Odd<nexus.ClientDeletionArgs, typeof nexusInputs.deletionInputs>, never>,
] = [true, true, true, true, true, true, true, true, true, true];

test("what the compiler checks holds at run time too: every input of a schema is in the table of its vendor", () => {
  expect(SAME).not.toContain(false);
  for (const [fields, { clientInputs }] of [
    [REZOLVE, rezolveInputs],
    [NEXUS, nexusInputs],
  ] as const) {
    expect(Object.keys(clientInputs.shape).sort()).toEqual([...Object.keys(fields), "adopt"].sort());
  }
});

describe("the docstring of an argument says what the table says:", () => {
  const source = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
  const classes = [
    ["OAuthClientArgs", source("rezolve.ts"), REZOLVE],
    ["ClientArgs", source("nexus.ts"), NEXUS],
  ] as const;
  for (const [name, text, fields] of classes) {
    const [, body = ""] = text.split(`export interface ${name} {`);
    const ownBody = body.slice(0, body.indexOf("\n}\n"));
    test.each(Object.entries(fields))(`${name}.%s`, (input, { doc }) => {
      const [, comment = ""] = new RegExp(`/\\*\\*((?:[^*]|\\*(?!/))*)\\*/\\s*${input}\\??:`).exec(ownBody) ?? [];
      expect(comment.replace(/\s*\n\s*\*\s*/g, " ").trim()).toBe(doc);
    });
  }
});
