import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { RequestLog } from "../controls/requests.ts";
import type { ResolvedNexusOptions } from "../nexus/options.ts";
import type { AdminTokens } from "../oauth/admin-tokens.ts";
import type { TokenLedger } from "../oauth/ledger.ts";
import type { SandboxTenant } from "../options.ts";
import type { SandboxSettings } from "../settings.ts";
import type { StoredClient, Vendor } from "../store/client.ts";
import type { ClientDirectory } from "../store/directory.ts";

/** What every vendor's API stands on. */
export interface Services {
  readonly directory: ClientDirectory;
  readonly ledger: TokenLedger;
  readonly settings: SandboxSettings;
  readonly tenants: readonly SandboxTenant[];
  /** Scopes that a client may ask for. */
  readonly scopes: readonly string[];
  readonly requests: RequestLog;
  /** Credentials of the Nexus API. */
  readonly nexus: ResolvedNexusOptions;
  /** The sandbox's own base URL. Only once the server listens. */
  readonly url: () => string;
  /** Only once the server listens: its tokens name its address. */
  readonly adminTokens: () => AdminTokens;
  /** Why the OAuth server could not work with this client, if so. */
  readonly metadataProblem: (client: MetadataSource) => Promise<string | undefined>;
}

/** The part of a client that the OAuth server sees. */
export type MetadataSource = Pick<
  StoredClient,
  "name" | "clientId" | "clientType" | "redirectUris" | "grantTypes" | "scopes" | "status"
>;

/** An error in a vendor's own words. */
export interface ErrorAnswer {
  readonly contentType: string;
  /** To be sent as JSON. */
  readonly body: unknown;
}

/** One vendor's API: a folder of the sandbox with an entry in `start.ts`. */
export interface VendorApi {
  readonly vendor: Vendor;
  /** Whether a path (without query) belongs to this API. */
  owns(path: string): boolean;
  /** Whether rate limit and latency leave the path alone, as for health endpoints. */
  isExempt(path: string): boolean;
  /** The vendor's own error for a status, at a path with or without query: for failures that the API's code has no part in. */
  errorAnswer(status: number, url: string, settings: SandboxSettings, detail?: string): ErrorAnswer;
  register(app: FastifyInstance, services: Services): void;
}

/** Fastify's own refusals (a body that is too large) carry a status; anything else is a bug of the sandbox. */
export function statusOfUnforeseen(error: unknown): 400 | 500 {
  return z.object({ statusCode: z.int().min(400).max(499) }).safeParse(error).success ? 400 : 500;
}
