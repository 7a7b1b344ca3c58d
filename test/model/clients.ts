/** What the model knows of resources and of clients by itself, and not from the product. */
import type { Sandbox } from "pulumi-oauth-clients-sandbox";
import type { Properties } from "../../tools/bench/provider-process.ts";
import type { VendorName } from "../outside.ts";
import type { Declared, Resource } from "./engine.ts";

export type SandboxClient = ReturnType<Sandbox["clients"]["list"]>[number];

export function vendorOf(kind: string): VendorName {
  return kind.startsWith("rezolve:") ? "rezolve" : "nexus";
}

/** What a resource is: one that has a client, or one that deletes clients when it is created. */
export function roleOf(kind: string): "client" | "deletion" | "purge" {
  if (kind.endsWith("Deletion")) return "deletion";
  return kind.endsWith("Purge") ? "purge" : "client";
}

/** A change of these makes another client; docs/resources says so. */
const REPLACING: Record<VendorName, readonly string[]> = {
  rezolve: [],
  nexus: ["name", "appType", "grantTypes", "description"],
};

/** Fields that are compared, and where the vendor has them. */
const SHOWN: Record<VendorName, Readonly<Record<string, (client: SandboxClient) => unknown>>> = {
  rezolve: {
    name: ({ name }) => name,
    description: ({ description }) => description,
    scopes: ({ scopes }) => [...scopes].sort(),
    status: ({ status }) => status,
  },
  nexus: {
    name: ({ name }) => name,
    callbackUrls: ({ redirectUris }) => [...redirectUris].sort(),
    productName: ({ attributes }) => attributes.productName,
  },
};

/** Fields of a client at its vendor, by the names of inputs. */
export function shown(vendor: VendorName, client: SandboxClient): Properties {
  return Object.fromEntries(Object.entries(SHOWN[vendor]).map(([field, of]) => [field, of(client)]));
}

/** A value as it is compared: what is empty is nothing, and sets have no order. */
export function comparable(value: unknown): string {
  if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "";
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
}

export function isClaim({ id }: Pick<Resource, "id">): boolean {
  return id.startsWith("claim:");
}

/** Whether nothing is left of it but the evidence of its deletion. */
export function isTombstone({ kind, outputs }: Pick<Resource, "kind" | "outputs">): boolean {
  return roleOf(kind) === "client" && outputs.status === "deleted";
}

/** Whether the state holds it as a client that lives. */
export function hasClient(resource: Resource): boolean {
  return roleOf(resource.kind) === "client" && !isClaim(resource) && !isTombstone(resource) && !resource.isReplaced;
}

/** Whether an `up` replaces a client: the rules of the documentation, from what the state has. */
export function mustReplace(old: Resource, { inputs }: Declared): boolean {
  if (isClaim(old)) return true;
  if (isTombstone(old)) return inputs.status !== "deleted";
  if (inputs.status === "deleted") return false;
  if (old.outputs.status === "revoked") return true;
  return REPLACING[vendorOf(old.kind)].some(
    (field) => comparable(old.outputs[field]) !== comparable(inputs[field]) && field in inputs,
  );
}

/** The clients that a purge still has to delete, as the state has them. */
export function openOf({ outputs }: Resource): string[] {
  const open = Array.isArray(outputs.__open) ? outputs.__open : [];
  return open.map((one: unknown) => String(typeof one === "object" && one !== null && "id" in one ? one.id : one));
}

export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
