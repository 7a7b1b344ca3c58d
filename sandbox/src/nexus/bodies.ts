import { z } from "zod";
import type { NexusAttributes } from "./attributes.ts";
import { badRequest } from "./problems.ts";
import type { NexusSettings } from "./settings.ts";

const text = z.string().nullish();
const texts = z.array(z.string()).nullish();

const mobile = z
  .object({
    ios: z.object({ team_id: text, app_bundle_identifier: text }).nullish(),
    android: z.object({ keystore_hash: text, app_package_name: text }).nullish(),
  })
  .nullish();

/** Auth0's names (vendor-apis 4.1). Other fields are ignored, `id` among them: Auth0 makes it. */
const createBody = z.object({
  name: z.string().min(1),
  app_type: z.string().min(1),
  description: text,
  callbacks: texts,
  allowed_logout_urls: texts,
  allowed_origins: texts,
  web_origins: texts,
  grant_types: texts,
  logo_uri: text,
  initiate_login_uri: text,
  client_metadata: z
    .object({
      owners: text,
      productName: text,
      client_upn_key: text,
      applicationName: text,
      manuallyCreated: z.boolean().nullish(),
    })
    .nullish(),
  mobile,
});

/** The nine fields, under the names of the read model (vendor-apis 4.3). */
const patchBody = z.strictObject({
  callbackUrls: texts,
  allowedLogoutUrls: texts,
  allowedWebOrigins: texts,
  allowedCorsOrigins: texts,
  applicationName: text,
  client_upn_key: text,
  productName: text,
  owners: texts,
  mobile,
});

export type CreateBody = z.infer<typeof createBody>;
export type PatchBody = z.infer<typeof patchBody>;

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ message, path }) => `${path.join(".") || "body"}: ${message}`);
  throw badRequest(`The body is not valid. ${problems.join("; ")}`);
}

/** @throws {NexusProblem} 400 */
export function parseCreateBody(body: unknown): CreateBody {
  return parse(createBody, body);
}

/** @throws {NexusProblem} 400, also for fields that cannot be patched */
export function parsePatchBody(body: unknown): PatchBody {
  return parse(patchBody, body);
}

/** What an object for mobile applications says; one that says nothing is the same as none. */
export function mobileFrom(given: CreateBody["mobile"]): NexusAttributes["mobile"] {
  if (!given?.ios && !given?.android) return null;
  const { android, ios } = given;
  return {
    ios: ios ? { team_id: ios.team_id ?? null, app_bundle_identifier: ios.app_bundle_identifier ?? null } : null,
    android: android
      ? { keystore_hash: android.keystore_hash ?? null, app_package_name: android.app_package_name ?? null }
      : null,
  };
}

const SEPARATORS = { comma: ",", semicolon: ";", space: " " } as const;

function fromJson(packed: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(packed));
  } catch {
    throw badRequest("The body is not valid. client_metadata.owners: it is not a JSON array of strings");
  }
}

/** The owners in the one text that a creation has for them (vendor-apis 4.1, UNKNOWN). */
export function unpackOwners(packed: string | null | undefined, packing: NexusSettings["ownersPacking"]): string[] {
  if (packed === null || packed === undefined || packed.trim() === "") return [];
  if (packing === "json") return fromJson(packed);
  if (packing === "single") return [packed];
  return packed
    .split(SEPARATORS[packing])
    .map((owner) => owner.trim())
    .filter((owner) => owner !== "");
}
