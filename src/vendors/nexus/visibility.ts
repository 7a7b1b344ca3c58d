import { z } from "zod";
import { parsedJson } from "../../core/json.ts";
import type { Credential } from "../../http/credential.ts";
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
 * itself. Only then a client that is not in the list is not there. The token is not verified: the vendor does that, and
 * a wrong answer here would harm nobody but its bearer.
 */
export async function seesEveryClient(credential: Pick<Credential, "headers">): Promise<boolean> {
  const { authorization = "" } = await credential.headers();
  const payload = authorization.match(/^Bearer [\w-]+\.([\w-]+)\.[\w-]*$/)?.[1];
  if (payload === undefined) return false;
  const claims = claimsSchema.safeParse(parsedJson(Buffer.from(payload, "base64url").toString("utf8")));
  if (!claims.success) return false;
  const { permissions, scope } = claims.data;
  return [permissions, scope].flatMap(wordsOf).includes(READ_ALL);
}

function wordsOf(claim: string | string[] | undefined): string[] {
  return typeof claim === "string" ? claim.split(/[\s,]+/) : (claim ?? []);
}
