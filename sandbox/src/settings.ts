import { z } from "zod";
import { SandboxError } from "./errors.ts";
import { type NexusSettings, nexusSettingsSchema } from "./nexus/settings.ts";

const positiveSeconds = z.int().min(1);

const settingsSchema = z.strictObject({
  deletion: z.enum(["hard", "soft"]).default("hard"),
  retentionDays: z.number().positive().default(30),
  softDeletedGet: z.enum(["404", "deleted"]).default("404"),
  softDeletedHoldsName: z.boolean().default(false),
  statusPatch: z.enum(["accept", "refuse", "ignore"]).default("accept"),
  patchStatus: z.union([z.literal(200), z.literal(204)]).default(200),
  createSecret: z.boolean().default(true),
  pages: z
    .strictObject({
      maxLimit: z.int().min(1).default(100),
      ignoresOffset: z.boolean().default(false),
      hasMore: z.enum(["actual", "always", "never"]).default("actual"),
    })
    .prefault({}),
  listLag: z
    .strictObject({ createdMs: z.number().min(0).default(0), deletedMs: z.number().min(0).default(0) })
    .prefault({}),
  tenantUnknown: z.union([z.literal(404), z.literal(403), z.literal(400)]).default(404),
  rotation: z
    .strictObject({
      field: z.enum(["clientSecret", "newClientSecret", "new-beside-null"]).default("clientSecret"),
      graceSeconds: z.number().min(0).default(0),
    })
    .prefault({}),
  tokenSettings: z
    .strictObject({
      accessTokenLifetime: positiveSeconds.default(3600),
      refreshTokenLifetime: positiveSeconds.default(86_400),
      idTokenLifetime: positiveSeconds.default(3600),
    })
    .prefault({}),
  latencyMs: z.number().min(0).default(0),
  rateLimit: z
    .strictObject({ limit: z.int().min(1), windowSeconds: z.number().positive() })
    .nullable()
    .default(null),
  retryAfter: z.enum(["none", "seconds", "date"]).default("none"),
  rateLimitReset: z.enum(["epoch-seconds", "epoch-milliseconds", "delta-seconds"]).default("epoch-seconds"),
  health: z.enum(["healthy", "unhealthy"]).default("healthy"),
  nexus: nexusSettingsSchema,
}) satisfies z.ZodType<SandboxSettings, SandboxSettingsInput>;

/**
 * How the sandbox behaves where a vendor's contract leaves a choice or says nothing. Every field can be changed while
 * the sandbox runs and counts from the next request on:
 *
 * @example
 * const sandbox = await startSandbox({ settings: { deletion: "soft" } });
 * sandbox.settings.softDeletedGet = "deleted";
 */
export interface SandboxSettings {
  /** What DELETE does: remove the record, or keep it for `retentionDays`. Default `"hard"`. */
  deletion: "hard" | "soft";
  /** How many days a soft-deleted client is kept. Default 30; fractions are allowed. */
  retentionDays: number;
  /** What GET and list show of a soft-deleted client: nothing, or the client with `status: "deleted"`. Default `"404"`. */
  softDeletedGet: "404" | "deleted";
  /** Whether a soft-deleted client still blocks its name for new ones. Default `false`. */
  softDeletedHoldsName: boolean;
  /**
   * What PATCH does with a `status` field: carry it out, refuse it with 422 `VALIDATION_ERROR`, or answer 200 and
   * change nothing. Default `"accept"`.
   */
  statusPatch: "accept" | "refuse" | "ignore";
  /** HTTP status of PATCH: 200 with the client (default), or 204 without a body. */
  patchStatus: 200 | 204;
  /** Whether the answer to a creation has the secret, which exists in either case. Default `true`. */
  createSecret: boolean;
  /**
   * Pages of Rezolve's list: the largest one, whatever `limit` asks for (default 100); whether `offset` is ignored, so
   * that the first page comes again and again (default `false`); and what `hasMore` says: whether there are more
   * (default), always that there are, or never.
   */
  pages: { maxLimit: number; ignoresOffset: boolean; hasMore: "actual" | "always" | "never" };
  /**
   * How long the lists of both vendors lag behind, in milliseconds: a new client is not listed before `createdMs`, a
   * deleted one is listed for `deletedMs`, as it was. Nothing else lags. Default 0 and 0.
   */
  listLag: { createdMs: number; deletedMs: number };
  /** HTTP status for an unknown tenant. Default 404. */
  tenantUnknown: 404 | 403 | 400;
  /**
   * Secret rotation: the response field that carries the new secret (default `"clientSecret"`; `"new-beside-null"` is
   * `newClientSecret` beside a `clientSecret` of `null`), and how many seconds the old secret still works (default 0; a
   * request's own `gracePeriodMinutes` wins).
   */
  rotation: { field: "clientSecret" | "newClientSecret" | "new-beside-null"; graceSeconds: number };
  /** Token lifetimes in whole seconds, taken over by a client when it is created. Default 3600, 86400 and 3600. */
  tokenSettings: { accessTokenLifetime: number; refreshTokenLifetime: number; idTokenLifetime: number };
  /** How long every API request waits before it is carried out, in milliseconds. Not for the OAuth endpoints. Default 0. */
  latencyMs: number;
  /** So many API requests in a window of so many seconds, for all callers together; `null` (default) for no limit. */
  rateLimit: { limit: number; windowSeconds: number } | null;
  /** The form of `Retry-After` on 429, if any. Default `"none"`. */
  retryAfter: "none" | "seconds" | "date";
  /** The unit of `X-RateLimit-Reset`. Default `"epoch-seconds"`. */
  rateLimitReset: "epoch-seconds" | "epoch-milliseconds" | "delta-seconds";
  /** What the health endpoints say: 200 or 503. Default `"healthy"`. */
  health: "healthy" | "unhealthy";
  /** What only the Nexus API has; of the other settings it takes token lifetimes, list lag, latency and rate limit. */
  nexus: NexusSettings;
}

type Some<Settings> = { [Key in keyof Settings]?: Settings[Key] | undefined };
type Nested = "pages" | "listLag" | "rotation" | "tokenSettings" | "nexus";

/** Some of the settings; a nested object may be partial too. */
export type SandboxSettingsInput = Some<Omit<SandboxSettings, Nested>> & {
  [Key in Nested]?: Some<SandboxSettings[Key]> | undefined;
};

/**
 * The settings with defaults filled in. They are sealed, so that a misspelt setting throws instead of doing nothing.
 *
 * @throws {SandboxError} `INVALID_OPTIONS`
 */
export function resolveSettings(input: SandboxSettingsInput = {}): SandboxSettings {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) {
    throw new SandboxError("INVALID_OPTIONS", `Sandbox settings are not valid:\n${z.prettifyError(parsed.error)}`);
  }
  Object.seal(parsed.data.nexus);
  return Object.seal(parsed.data);
}
