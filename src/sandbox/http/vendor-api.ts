import type { FastifyInstance } from "fastify";
import type { RequestLog } from "../controls/requests.ts";
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

/** One vendor's API: a folder of the sandbox with an entry in `start.ts`. */
export interface VendorApi {
  readonly vendor: Vendor;
  /** Whether a path (without query) belongs to this API. */
  owns(path: string): boolean;
  /** Whether rate limit and latency leave the path alone, as for health endpoints. */
  isExempt(path: string): boolean;
  /** The vendor's own error body for a status: for failures that the API's code has no part in. */
  errorBody(status: number): unknown;
  register(app: FastifyInstance, services: Services): void;
}
