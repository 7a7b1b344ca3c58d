/** States as a build makes them, and as fixtures keep them. */
import { fileURLToPath } from "node:url";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import { clientOutside } from "../../outside.ts";
import type { StateResource, TestStack, World } from "../world.ts";

/** What a program of a fixture does not know by itself. */
export interface Places {
  otherTenantId: string;
  /** Of the other tenant. */
  realmName: string;
  /** Clients that are there before: two of Rezolve's, one of Nexus's. */
  ids: Readonly<Record<"takenOver" | "lookedUp" | "takenOverApp", string>>;
}

/**
 * The program of a fixture: a resource of each kind, and of each thing that a state can hold.
 *
 * @param step 1 at first, then 2, which makes tombstones and claims, and rotates a secret
 */
export type Program = (places: Places, step: 1 | 2) => void;

/** Where fixtures are: `<version>.json`, and the program that made it, `<version>.ts`. That of the next is `next.ts`. */
export const STATES = fileURLToPath(new URL("./", import.meta.url));

/** Whether a resource is of this package. */
export const isOurs = ({ type }: StateResource): boolean => type.startsWith("pulumi-nodejs:dynamic/");

/** Whether a resource is a claim: the next command settles it, whatever the program says. */
export const isClaim = ({ id }: StateResource): boolean => id?.startsWith("claim:") === true;

/** Whether a resource has a client at the vendor: a tombstone, a claim, a deletion and a purge have none. */
export const hasClient = ({ type, id = "", outputs }: StateResource): boolean =>
  CLIENT_TYPES.includes(type) && !id.startsWith("claim:") && outputs?.status !== "deleted";

const CLIENT_TYPES = ["rezolve:OAuthClient", "nexus:Client"].map((kind) => `pulumi-nodejs:dynamic/${kind}`);

/** A stack of a program that runs in turns, and what is at the vendor. */
export interface Made {
  stack: TestStack;
  /** Run with every command of the stack; nothing at first. */
  turn: { program: () => void };
  places: Places;
  /** The state before anything was made. */
  empty: Deployment;
}

/** A stack without resources, and what its program will find at the vendor. */
export async function begun(world: World): Promise<Made> {
  const [, other] = world.sandbox.tenants;
  const token = await world.sandbox.adminToken({ tenantId: world.sandbox.tenants.map(({ id }) => id) });
  Object.assign(world.environment, { REZOLVE_TOKEN: token, NEXUS_TOKEN: token });
  const ids = {
    takenOver: (await clientOutside(world, "rezolve", { name: "Taken over" })).id,
    lookedUp: (await clientOutside(world, "rezolve", { name: "Looked up" })).id,
    takenOverApp: (await clientOutside(world, "nexus", { name: "Taken over", app_type: "spa" })).id,
  };
  const turn = { program: () => {} };
  const stack = await world.stack(async () => turn.program());
  const empty = await stack.stack.exportStack();
  return { stack, turn, empty, places: { otherTenantId: other?.id ?? "", realmName: other?.realmName ?? "", ids } };
}

/** Loses the request of every create, and what would tell that nothing was made, until the faults are cleared. */
export function loseCreations({ sandbox, environment }: World): void {
  environment.REZOLVE_RETRY_BUDGET_SECONDS = "1";
  environment.NEXUS_RETRY_BUDGET_SECONDS = "1";
  for (const method of ["POST", "GET"]) {
    const [times, effect] = [Number.POSITIVE_INFINITY, { kind: "drop-before" } as const];
    sandbox.faults.add({ match: { method, path: /\/(oauth-clients|clients)(\?.*)?$/ }, times, effect });
  }
}

/** All that the stack's state has. */
export async function resourcesOf({ stack }: TestStack): Promise<StateResource[]> {
  const { deployment } = await stack.exportStack();
  return deployment.resources;
}

/** Puts resources in the place of all that the stack's state has; none is protected, as after `pulumi state unprotect`. */
export async function restore({ stack, empty }: Made, resources: readonly StateResource[]): Promise<void> {
  const { version, deployment } = empty;
  const unprotected = resources.map((one) => ({ ...one, protect: false }));
  await stack.stack.importStack({ version, deployment: { ...deployment, resources: unprotected } });
}

const URL_OF_VENDOR = "http://vendor.example.test";
const PROJECT = "upgraded";

const secretSchema = z.object({ plaintext: z.string() });

/** A state as a fixture keeps it: without what only this machine has. */
export function asFixture(resources: readonly StateResource[], url: string, project: string): string {
  let secrets = 0;
  const text = JSON.stringify(resources, (key, value: unknown) => {
    if (["created", "modified", "sourcePosition", "stackTrace"].includes(key)) return undefined;
    const secret = key === "clientSecret" ? secretSchema.safeParse(value).data : undefined;
    if (secret === undefined || secret.plaintext === "null") return value;
    secrets += 1;
    return { ...Object(value), plaintext: JSON.stringify(`synthetic-secret-${secrets}`) };
  });
  return text
    .replaceAll(url, URL_OF_VENDOR)
    .replaceAll(`::${project}::`, `::${PROJECT}::`)
    .replaceAll(`${project}-test`, `${PROJECT}-test`);
}

/** What only the vendor says of a client, or the moment of its creation. */
const VENDORS_OWN = ["clientId", "clientSecret", "createdAt", "secretRotatedAt", "__createdMs"];

/**
 * The state of a fixture, of the very clients that the present build has made of the same program: their ids, secrets and
 * dates, and all else as the release wrote it.
 */
export function ofFixture(text: string, made: readonly StateResource[], url: string, project: string): StateResource[] {
  const here = text
    .replaceAll(URL_OF_VENDOR, url)
    .replaceAll(`::${PROJECT}::`, `::${project}::`)
    .replaceAll(`${PROJECT}-test`, `${project}-test`);
  const fixture: StateResource[] = JSON.parse(here);
  const clients = new Map(made.filter(hasClient).map((resource) => [resource.urn, resource]));
  const ids = new Map<unknown, string>();
  for (const one of fixture.filter(hasClient)) {
    const now = clients.get(one.urn)?.id;
    if (now !== undefined) ids.set(one.id, now);
  }
  return fixture.map((one) => {
    const now = hasClient(one) ? clients.get(one.urn)?.outputs : undefined;
    const own = VENDORS_OWN.filter((key) => one.outputs?.[key] !== undefined && now?.[key] !== undefined);
    const outputs = { ...one.outputs, ...Object.fromEntries(own.map((key) => [key, now?.[key]])) };
    return JSON.parse(JSON.stringify({ ...one, outputs }), (_key, value: unknown) => ids.get(value) ?? value);
  });
}
