import { z } from "zod";
import { SandboxError } from "./errors.ts";
import { type NexusSettings, nexusSettingsSchema } from "./nexus/settings.ts";
import { type RezolveSettings, rezolveSettingsSchema } from "./rezolve/settings.ts";

const positiveSeconds = z.int().min(1);

const settingsSchema = z.strictObject({
  listLag: z
    .strictObject({ createdMs: z.number().min(0).default(0), deletedMs: z.number().min(0).default(0) })
    .prefault({}),
  tokenSettings: z
    .strictObject({
      accessTokenLifetime: positiveSeconds.default(3600),
      refreshTokenLifetime: positiveSeconds.default(86_400),
    })
    .prefault({}),
  latencyMs: z.number().min(0).default(0),
  rateLimit: z
    .strictObject({ limit: z.int().min(1), windowSeconds: z.number().positive() })
    .nullable()
    .default(null),
  retryAfter: z.enum(["none", "seconds", "date"]).default("none"),
  rateLimitReset: z.enum(["epoch-seconds", "epoch-milliseconds", "delta-seconds"]).default("epoch-seconds"),
  rezolve: rezolveSettingsSchema,
  nexus: nexusSettingsSchema,
}) satisfies z.ZodType<SandboxSettings, SandboxSettingsInput>;

/**
 * How the sandbox behaves where a vendor's contract leaves a choice or says nothing: for both vendors together, and for
 * each. Every field can be changed while the sandbox runs and counts from the next request on.
 *
 * @example
 * const sandbox = await startSandbox({ settings: { rezolve: { deletion: "soft" } } });
 * sandbox.settings.rezolve.softDeletedGet = "deleted";
 */
export interface SandboxSettings {
  /** How long the lists lag behind. Nothing else lags. */
  listLag: {
    /** For so many milliseconds a new client is not listed. Default 0. */
    createdMs: number;
    /** For so many milliseconds a deleted client is listed, as it was. Default 0. */
    deletedMs: number;
  };
  /** Token lifetimes in whole seconds, taken over by a client when it is created. */
  tokenSettings: {
    /** Of access tokens. Default 3600. */
    accessTokenLifetime: number;
    /** Of refresh tokens. Default 86400. */
    refreshTokenLifetime: number;
  };
  /** How long every API request waits before it is carried out, in milliseconds. Not for the OAuth endpoints. Default 0. */
  latencyMs: number;
  /** So many API requests in a window of so many seconds, for all callers together; `null` (default) for no limit. */
  rateLimit: {
    /** So many requests. */
    limit: number;
    /** In so many seconds. */
    windowSeconds: number;
  } | null;
  /** The form of `Retry-After` on 429, if any. Default `"none"`. */
  retryAfter: "none" | "seconds" | "date";
  /** The unit of `X-RateLimit-Reset`. Default `"epoch-seconds"`. */
  rateLimitReset: "epoch-seconds" | "epoch-milliseconds" | "delta-seconds";
  /** What only Rezolve's API has. */
  rezolve: RezolveSettings;
  /** What only the Nexus API has. */
  nexus: NexusSettings;
}

type Some<Settings> = { [Key in keyof Settings]?: Settings[Key] | undefined };

/** Some of Rezolve's settings. */
export interface RezolveSettingsInput extends Some<Omit<RezolveSettings, "pages" | "rotation">> {
  /** Pages of the list. */
  pages?: Some<RezolveSettings["pages"]> | undefined;
  /** Secret rotation. */
  rotation?: Some<RezolveSettings["rotation"]> | undefined;
}

/** Some of the settings; a nested object may be partial too. */
export interface SandboxSettingsInput
  extends Some<Omit<SandboxSettings, "listLag" | "tokenSettings" | "rezolve" | "nexus">> {
  /** How long the lists lag behind. */
  listLag?: Some<SandboxSettings["listLag"]> | undefined;
  /** Token lifetimes in whole seconds. */
  tokenSettings?: Some<SandboxSettings["tokenSettings"]> | undefined;
  /** What only Rezolve's API has. */
  rezolve?: RezolveSettingsInput | undefined;
  /** What only the Nexus API has. */
  nexus?: Some<NexusSettings> | undefined;
}

/**
 * The settings with defaults filled in. They are sealed, so that a misspelt setting throws instead of doing nothing.
 *
 * @throws {SandboxError} `options-invalid`
 */
export function resolveSettings(input: SandboxSettingsInput = {}): SandboxSettings {
  const parsed = settingsSchema.safeParse(input);
  if (!parsed.success) {
    throw new SandboxError("options-invalid", `Sandbox settings are not valid:\n${z.prettifyError(parsed.error)}`);
  }
  Object.seal(parsed.data.rezolve);
  Object.seal(parsed.data.nexus);
  return Object.seal(parsed.data);
}
