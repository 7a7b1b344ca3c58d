import { z } from "zod";
import type { Credential } from "../../http/credential.ts";
import { claimsOf } from "../../http/jwt.ts";
import { READ_ALL } from "./words.ts";

const claimsSchema = z.object({
  permissions: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
  scope: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
});

/** What the credentials' token says that they may do; null where it says nothing. */
async function permissionsIn(credential: Pick<Credential, "headers">): Promise<string[] | null> {
  const { authorization = "" } = await credential.headers();
  const claims = claimsSchema.safeParse(claimsOf(authorization));
  if (!claims.success) return null;
  const { permissions, scope } = claims.data;
  return permissions === undefined && scope === undefined ? null : [permissions, scope].flatMap(wordsOf);
}

/**
 * Whether a connection's credentials certainly see every client of a tenant (`client.read.all`), as their token says
 * itself. Only then a client that is not in the list is not there.
 */
export async function seesEveryClient(credential: Pick<Credential, "headers">): Promise<boolean> {
  return (await permissionsIn(credential))?.includes(READ_ALL) ?? false;
}

/** Whether the credentials may change clients, as their token says itself; null where it says nothing. */
export async function mayChange(credential: Pick<Credential, "headers">): Promise<boolean | null> {
  const permissions = await permissionsIn(credential);
  return permissions?.some((one) => one === "client.write" || one === "client.write.all") ?? null;
}

function wordsOf(claim: string | string[] | undefined): string[] {
  return typeof claim === "string" ? claim.split(/[\s,]+/) : (claim ?? []);
}
