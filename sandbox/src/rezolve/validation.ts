import { isIP } from "node:net";
import { z } from "zod";
import { invalidBody } from "./problems.ts";

const ALLOWED_GRANT_TYPES = ["authorization_code", "client_credentials", "refresh_token", "password", "implicit"];

/** Schemes that run or read something instead of leading back to an application. */
const FORBIDDEN_SCHEMES = new Set(["javascript:", "vbscript:", "data:", "blob:", "file:", "about:"]);

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

const strings = z.array(z.string());

const createBody = z.object({
  name: z.string(),
  description: z.string().optional(),
  clientType: z.enum(["confidential", "public"]),
  redirectUris: strings,
  grantTypes: strings,
  scopes: strings,
  allowedOrigins: strings.optional(),
  ipWhitelist: strings.optional(),
});

const patchBody = createBody.partial().extend({
  status: z.enum(["active", "inactive"]).optional(),
  clientId: z.never("clientId cannot be changed").optional(),
  clientSecret: z.never("clientSecret cannot be changed, rotate it instead").optional(),
});

const rotateBody = z.object({ gracePeriodMinutes: z.number().min(0).optional() });

export type CreateBody = z.infer<typeof createBody>;
export type PatchBody = z.infer<typeof patchBody>;

/** The fields whose values have rules. */
export type ClientValues = Pick<
  CreateBody,
  "name" | "clientType" | "redirectUris" | "grantTypes" | "scopes" | "allowedOrigins" | "ipWhitelist"
>;

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const details: Record<string, string> = {};
  for (const { message, path } of parsed.error.issues) {
    const [field = "body"] = path;
    details[String(field)] ??= message;
  }
  throw invalidBody(400, details);
}

export const parseCreateBody = (body: unknown): CreateBody => parse(createBody, body);
export const parsePatchBody = (body: unknown): PatchBody => parse(patchBody, body);
/** Rotation may come without a body. */
export const parseRotateBody = (body: unknown) => parse(rotateBody, body ?? {});

function redirectProblem(uri: string): string | undefined {
  const parsed = URL.parse(uri);
  if (parsed === null) return `${uri} is not a URI`;
  if (parsed.href.includes("#")) return `${uri} has a fragment`;
  if (FORBIDDEN_SCHEMES.has(parsed.protocol)) return `${uri} has a forbidden scheme`;
  if (parsed.protocol === "http:" && !LOOPBACK_HOSTS.has(parsed.hostname)) return `${uri} must use HTTPS`;
  return undefined;
}

function originProblem(origin: string): string | undefined {
  const parsed = URL.parse(origin);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.origin === origin
    ? undefined
    : `${origin} is not an origin such as https://app.example.test`;
}

function addressProblem(address: string): string | undefined {
  const [ip = "", prefix, ...rest] = address.split("/");
  const bits = isIP(ip) === 6 ? 128 : 32;
  const isRange = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(ip) !== 0 && isRange && rest.length === 0 ? undefined : `${address} is not an IP address or CIDR range`;
}

/**
 * Rejects values that the contract rejects, all fields at once.
 *
 * @throws {RezolveProblem} 422
 */
export function checkValues(client: ClientValues, knownScopes: readonly string[]): void {
  const unknownScopes = client.scopes.filter((scope) => !knownScopes.includes(scope));
  const unknownGrants = client.grantTypes.filter((grant) => !ALLOWED_GRANT_TYPES.includes(grant));
  const publicMachine = client.clientType === "public" && client.grantTypes.includes("client_credentials");
  const problems: Record<keyof ClientValues, string | undefined> = {
    name: client.name.trim() === "" ? "name must not be empty" : undefined,
    clientType: undefined,
    redirectUris: client.redirectUris.map(redirectProblem).find((problem) => problem !== undefined),
    grantTypes:
      unknownGrants.length > 0
        ? `grantTypes must be among: ${ALLOWED_GRANT_TYPES.join(", ")}`
        : publicMachine
          ? "client_credentials is not allowed for public clients"
          : undefined,
    scopes: unknownScopes.length > 0 ? `Unknown scopes: ${unknownScopes.join(", ")}` : undefined,
    allowedOrigins: client.allowedOrigins?.map(originProblem).find((problem) => problem !== undefined),
    ipWhitelist: client.ipWhitelist?.map(addressProblem).find((problem) => problem !== undefined),
  };
  const details: Record<string, string> = {};
  for (const [field, problem] of Object.entries(problems)) {
    if (problem !== undefined) details[field] = problem;
  }
  if (Object.keys(details).length > 0) throw invalidBody(422, details);
}
