import * as pulumi from "@pulumi/pulumi";
import type { Properties } from "../lifecycle/properties.ts";
import type { LookUps } from "../lookups/index.ts";

/** Which of a tenant's clients are looked up; all of it together. A criterion without a value is an error. */
export interface ClientFilter {
  /** The vendor's id of the client. */
  id?: string;
  /** The whole name. */
  name?: string;
  /** How the name begins. */
  namePrefix?: string;
  /** So many are found at most; where more are, it is an error. Default 1000. */
  limit?: number | undefined;
  /** Name of the connection. Default `default`. */
  connection?: string | undefined;
}

/** Look-ups that run now, by the stack of their program: of several in one process, each has settings of its own. */
const running = new Map<pulumi.Resource | undefined, LookUps>();

/** Looks up clients now, in previews too. */
export async function lookUp<Found extends { id: string }>(vendor: string, filter: object): Promise<Found[]> {
  // Loaded with the first look-up: most programs have none.
  const { LookUps } = await import("../lookups/index.ts");
  const program = pulumi.runtime.getStackResource();
  const own = running.get(program) ?? new LookUps({ env: process.env, config: configValue });
  running.set(program, own);
  try {
    const found = await own.find(vendor, { ...filter });
    return found.filter((client): client is Properties & Found => typeof client.id === "string");
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  } finally {
    // The next one may have other settings: of another deployment of the same stack, for example.
    if (own.isIdle) running.delete(program);
  }
}

function configValue(key: string): string | undefined {
  const [namespace = "", ...name] = key.split(":");
  return new pulumi.Config(namespace).get(name.join(":"));
}

/** Which existing client is read, where its id is not known. */
export type ClientSought = { clientId: pulumi.Input<string> } | { name: pulumi.Input<string> };

/**
 * The id of the one client that is sought.
 *
 * @param sought an id, or what to look it up by
 */
export function idOf<Filter extends object>(
  sought: pulumi.Input<pulumi.ID> | ClientSought,
  place: object,
  find: (filter: Filter & object) => Promise<{ id: string }[]>,
): pulumi.Input<pulumi.ID> {
  if (typeof sought === "string" || pulumi.Output.isInstance(sought) || sought instanceof Promise) return sought;
  const wanted = pulumi.output({ ...sought, ...place });
  return wanted.apply(async (filter) => {
    const [only, ...more] = await find(Object(filter));
    const shown = (await pulumi.isSecret(wanted)) ? "of this secret name or id" : JSON.stringify(filter);
    if (only === undefined) throw new pulumi.RunError(`There is no OAuth client ${shown}.`);
    if (more.length > 0) {
      const ids = [only, ...more].map(({ id }) => id).join(", ");
      throw new pulumi.RunError(`There are several OAuth clients ${shown}: ${ids}. Say which one, by its id.`);
    }
    return only.id;
  });
}
