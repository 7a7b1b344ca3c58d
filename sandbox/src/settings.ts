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
 * each. Every field can be changed while the sandbox runs and counts from the next request on:
 *
 * @example
 * const sandbox = await startSandbox({ settings: { rezolve: { deletion: "soft" } } });
 * sandbox.settings.rezolve.softDeletedGet = "deleted";
 */
export interface SandboxSettings {
  /**
   * How long the lists lag behind, in milliseconds: a new client is not listed before `createdMs`, a deleted one is listed
   * for `deletedMs`, as it was. Nothing else lags. Default 0 and 0.
   */
  listLag: { createdMs: number; deletedMs: number };
  /** Token lifetimes in whole seconds, taken over by a client when it is created. Default 3600 and 86400. */
  tokenSettings: { accessTokenLifetime: number; refreshTokenLifetime: number };
  /** How long every API request waits before it is carried out, in milliseconds. Not for the OAuth endpoints. Default 0. */
  latencyMs: number;
  /** So many API requests in a window of so many seconds, for all callers together; `null` (default) for no limit. */
  rateLimit: { limit: number; windowSeconds: number } | null;
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
/** Some of the settings of an object, with these fields partial too. */
type SomeWith<Settings, Nested extends keyof Settings> = Some<Omit<Settings, Nested>> & {
  [Key in Nested]?: Some<Settings[Key]> | undefined;
};

/** Some of the settings; a nested object may be partial too. */
export type SandboxSettingsInput = SomeWith<Omit<SandboxSettings, "rezolve">, "listLag" | "tokenSettings" | "nexus"> & {
  readonly rezolve?: SomeWith<RezolveSettings, "pages" | "rotation"> | undefined;
};

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
