/**
 * One part of what authenticates a connection's requests, by the keys of the settings that hold it. A vendor declares
 * which parts it takes (see `Vendor.credentials`); choosing among what is set, and sending it, is the same for all.
 */
export type CredentialPart =
  /** A bearer token as a value. */
  | { kind: "token"; token: string }
  /** A bearer token in a file. */
  | { kind: "token-file"; file: string }
  /** A bearer token by OAuth 2.0 client credentials. */
  | { kind: "client-credentials"; tokenUrl: string; clientId: string; clientSecret: string; scope: string }
  /** A secret in a header of its own, whose name is a setting, too; and how the vendor's words name it, in small letters. */
  | { kind: "header"; value: string; name: string; saidAs: string }
  /** HTTP Basic. */
  | { kind: "basic"; username: string; password: string };

/** Parts that authenticate a request together. A vendor that takes one or another has several of these. */
export type CredentialAlternative = readonly CredentialPart[];

/** The ways to get a bearer token with the settings that every vendor has. */
export const bearerParts = [
  { kind: "token", token: "token" },
  { kind: "token-file", file: "tokenFile" },
  {
    kind: "client-credentials",
    tokenUrl: "tokenUrl",
    clientId: "authClientId",
    clientSecret: "authClientSecret",
    scope: "authScope",
  },
] as const satisfies readonly CredentialPart[];

/** What of a part is none of its settings, or may be left out. */
const NOT_NEEDED: readonly string[] = ["kind", "scope", "name", "saidAs"];

/** The settings without which a part is incomplete. */
export function neededKeys(part: CredentialPart): readonly string[] {
  const parts = Object.entries(part).filter(([name]) => !NOT_NEEDED.includes(name));
  return parts.map(([, key]) => key);
}

/** What the choice of a credential knows about a setting that is set. */
export type Origin = "environment" | "config";

/** The alternative to use, or why there is none, as keys for a message. */
export type CredentialChoice =
  | { found: "one"; alternative: CredentialAlternative }
  | { found: "none" }
  /** Settings that belong to different alternatives, as they stand beside each other. */
  | { found: "several"; given: readonly string[] }
  /** `given` is a part of an alternative that lacks `missing`; each entry of it would do. */
  | { found: "half"; given: readonly string[]; missing: readonly (readonly string[])[] };

/**
 * Chooses the alternative that the settings make up. What stands in the first place, mostly the environment, chooses alone,
 * because the config may be that of an earlier run; the other only completes that, and what else it has is left out of
 * account.
 *
 * @example
 * // A secret in the environment, the rest in the stack config:
 * chooseCredential(bearerParts.map((part) => [part]), {
 *   tokenUrl: "config", authClientId: "config", authClientSecret: "environment", token: "config",
 * }); // client credentials
 */
export function chooseCredential(
  alternatives: readonly CredentialAlternative[],
  origins: Readonly<Record<string, Origin | undefined>>,
  first: Origin = "environment",
): CredentialChoice {
  const all = alternatives.map((alternative) => ({ alternative, keys: alternative.flatMap(neededKeys) }));
  const given = [...new Set(all.flatMap(({ keys }) => keys))].filter((key) => origins[key] !== undefined);
  if (given.length === 0) return { found: "none" };
  const inFirst = given.filter((key) => origins[key] === first);
  const deciding = inFirst.length > 0 ? inFirst : given;
  const candidates = all.filter(({ keys }) => deciding.every((key) => keys.includes(key)));
  if (candidates.length === 0) return { found: "several", given: deciding };
  const complete = candidates.filter(({ keys }) => keys.every((key) => given.includes(key)));
  const [only, ...others] = complete;
  if (only !== undefined && others.length === 0) return { found: "one", alternative: only.alternative };
  if (only !== undefined) {
    const shared = only.keys.filter((key) => others.every(({ keys }) => keys.includes(key)));
    return {
      found: "several",
      given: given.filter((key) => !shared.includes(key) && complete.some(({ keys }) => keys.includes(key))),
    };
  }
  return {
    found: "half",
    given: deciding,
    missing: candidates.map(({ keys }) => keys.filter((key) => !given.includes(key))),
  };
}
