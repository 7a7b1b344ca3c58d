/** What Pulumi prints of a stack, without an engine. */
import { writeFile } from "node:fs/promises";
import { KINDS } from "../outside.ts";
import type { VendorName } from "./tenant.ts";

/** A part of a resource as Pulumi writes it. */
type Part = Record<string, unknown>;

/** A resource of ours in the stack `shop/dev`. */
export function resource(vendor: VendorName, role: "client" | "deletion" | "purge", name: string, rest: Part = {}) {
  const type = `pulumi-nodejs:dynamic/${KINDS[vendor][role]}`;
  return { urn: urnOf(type, name), type, inputs: {}, outputs: {}, ...rest };
}

const STACK = { urn: urnOf("pulumi:pulumi:Stack", "shop-dev"), type: "pulumi:pulumi:Stack" };

function urnOf(type: string, name: string): string {
  return `urn:pulumi:dev::shop::${type}::${name}`;
}

/** A stack export of these resources, as a file. */
export async function exported(file: string, ...resources: object[]): Promise<string> {
  await writeFile(file, JSON.stringify({ version: 3, deployment: { resources } }));
  return file;
}

/** A preview of these steps, as a file: of each its kind, and the resource before and after it. */
export async function previewed(file: string, ...steps: [op: string, before: object | null, after?: object][]) {
  const [document] = [
    { steps: [{ op: "same", urn: STACK.urn, oldState: STACK, newState: STACK }, ...steps.map(step)] },
  ];
  await writeFile(file, JSON.stringify(document));
  return file;
}

function step([op, oldState, newState]: [op: string, before: object | null, after?: object]) {
  const { urn } = Object(newState ?? oldState);
  return { op, urn, ...(oldState === null ? {} : { oldState }), ...(newState === undefined ? {} : { newState }) };
}

/** What stands for a value that a preview does not know, and for one that is secret. */
export const HIDDEN: readonly [what: string, value: unknown][] = [
  ["unknown", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
  ["masked", "[secret]"],
  ["encrypted", { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" }],
];
