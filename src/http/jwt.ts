import { isRecord, parsedJson } from "../core/json.ts";

/**
 * The claims of a bearer token that is a JSON Web Token; null where it is none. It is not verified: the vendor does that,
 * and what is made of it here would harm nobody but its bearer.
 */
export function claimsOf(authorization: string): Readonly<Record<string, unknown>> | null {
  const payload = authorization.match(/^Bearer [\w-]+\.([\w-]+)\.[\w-]*$/)?.[1];
  if (payload === undefined) return null;
  const claims = parsedJson(Buffer.from(payload, "base64url").toString("utf8"));
  return isRecord(claims) ? claims : null;
}

/** What says in a token for which client it was issued (RFC 9068, OpenID Connect, Auth0, Okta). */
const CLIENT_CLAIMS = ["client_id", "azp", "cid", "sub"] as const;

/** The OAuth clients that a bearer token may have been issued for, by their client ids, as far as it says so itself. */
export function clientIdsIn(authorization: string): string[] {
  const claims = claimsOf(authorization);
  const ids = CLIENT_CLAIMS.flatMap((claim) => {
    const id = claims?.[claim];
    // Auth0 marks a client that is its own subject.
    return typeof id === "string" && id !== "" ? [id, id.replace(/@clients$/, "")] : [];
  });
  return [...new Set(ids)];
}
