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

/**
 * Whether a connection's credentials certainly see every client of a tenant (`client.read.all`), as their token says
 * itself. Only then a client that is not in the list is not there.
 */
export async function seesEveryClient(credential: Pick<Credential, "headers">): Promise<boolean> {
  const { authorization = "" } = await credential.headers();
  const claims = claimsSchema.safeParse(claimsOf(authorization));
  if (!claims.success) return false;
  const { permissions, scope } = claims.data;
  return [permissions, scope].flatMap(wordsOf).includes(READ_ALL);
}

function wordsOf(claim: string | string[] | undefined): string[] {
  return typeof claim === "string" ? claim.split(/[\s,]+/) : (claim ?? []);
}
