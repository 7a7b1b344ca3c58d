import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { clientControls, type SandboxClients } from "./controls/clients.ts";
import { FaultInjector, type SandboxFaults } from "./controls/faults.ts";
import { printing } from "./controls/printing.ts";
import { RateLimiter } from "./controls/rate-limit.ts";
import { RequestLog, type SandboxRequests } from "./controls/requests.ts";
import { SandboxError } from "./errors.ts";
import { ownNames } from "./http/host.ts";
import { createServer, HELPER_HEADER, OAUTH_PREFIX, type SandboxServer } from "./http/server.ts";
import type { Services, VendorApi } from "./http/vendor-api.ts";
import { nexusApi } from "./nexus/api.ts";
import { type SandboxNexus, shownNexus } from "./nexus/options.ts";
import { type AdminTokens, adminTokens } from "./oauth/admin-tokens.ts";
import { loadKeys, type SandboxKeys } from "./oauth/keys.ts";
import { TokenLedger } from "./oauth/ledger.ts";
import type { IntrospectionClient } from "./oauth/machine-clients.ts";
import { clientMetadata } from "./oauth/metadata.ts";
import { mountOAuth, type RequestListener } from "./oauth/mount.ts";
import { type ProtocolHelpers, protocolHelpers } from "./oauth/protocol.ts";
import { oauthServer } from "./oauth/provider.ts";
import { type NexusRightsOptions, nexusRights } from "./oauth/rights.ts";
import { type ResolvedOptions, resolveOptions, type SandboxOptions, type SandboxTenants } from "./options.ts";
import { rezolveApi } from "./rezolve/api.ts";
import type { SandboxSettings } from "./settings.ts";
import type { Actor } from "./store/client.ts";
import { ClientDirectory } from "./store/directory.ts";
import { memoryStore } from "./store/memory.ts";
import { sqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";

const vendorApis: readonly VendorApi[] = [rezolveApi, nexusApi];

const SWEEP_INTERVAL_MS = 60_000;

const DEFAULT_ADMIN: Actor = {
  id: "5a4dbc0e-0000-4000-8000-0000000000ad",
  name: "Ada Sandbox",
  email: "ada.sandbox@example.test",
};

/** What an admin token is to say; everything has a default. */
export interface AdminTokenOptions extends NexusRightsOptions {
  /** The tenant, or tenants, that the bearer may work in. Default: the first tenant. */
  readonly tenantId?: string | readonly string[] | undefined;
  /** What Rezolve looks at. Default `["tenant_admin"]`. */
  readonly roles?: readonly string[] | undefined;
  /** How long it is good, in seconds. Default 3600. Zero or less makes a token that has expired. */
  readonly expiresInSeconds?: number | undefined;
  /**
   * Who the bearer is: seen in Rezolve's `createdBy` and `deletedBy`; the `id` is what Nexus looks for among a client's
   * `owners`. Default: a made-up administrator.
   */
  readonly user?: Partial<Actor> | undefined;
}

/** A running sandbox. */
export interface Sandbox extends ProtocolHelpers {
  /** Base URL without a trailing slash; Rezolve's API lives under `${url}/api/v1`, Nexus's under `${url}/v1`. */
  readonly url: string;
  /** Issuer of all tokens, where the OAuth server is. */
  readonly issuer: string;
  /** Where the OAuth server gives tokens. */
  readonly tokenUrl: string;
  /** Where it says what a token is good for (RFC 7662). */
  readonly introspectionUrl: string;
  /** Where users sign in. */
  readonly authorizationUrl: string;
  /** Credentials for `introspectionUrl`. New with every start. */
  readonly introspectionClient: IntrospectionClient;
  /** What the Nexus API wants beside, or instead of, a bearer token. */
  readonly nexus: SandboxNexus;
  /** The tenants of both APIs. */
  readonly tenants: SandboxTenants;
  /** What a vendor's contract leaves open; it can be changed at any time. */
  readonly settings: SandboxSettings;
  /** Failures on demand. */
  readonly faults: SandboxFaults;
  /** What has been asked. */
  readonly requests: SandboxRequests;
  /** The clients, past the API. */
  readonly clients: SandboxClients;
  /** A signed token for the vendors' APIs, to be sent as `Authorization: Bearer …`. */
  adminToken(options?: AdminTokenOptions): Promise<string>;
  /** Ends all connections, releases the port and the file. May be called twice. */
  close(): Promise<void>;
}

type OAuthServer = Awaited<ReturnType<typeof oauthServer>>;

/** Built as soon as the address is known. */
interface Running {
  readonly url: string;
  readonly provider: OAuthServer;
  readonly listener: RequestListener;
  readonly adminTokens: AdminTokens;
}

async function listen({ app }: SandboxServer, { host, port }: ResolvedOptions): Promise<AddressInfo> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "EADDRINUSE") throw cause;
    const message = `Port ${port} on ${host} is in use; choose another port, or 0 for any free one.`;
    throw new SandboxError("port-in-use", message, { cause });
  }
  const [address] = app.addresses();
  if (address === undefined || typeof address === "string") throw new Error("The sandbox listens nowhere");
  return address;
}

/** Where others reach the sandbox: a wildcard interface is no address to send requests to. */
function baseUrl(host: string, { port }: AddressInfo): string {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Answers of the OAuth server do not pass through fastify, so they are intercepted here. */
function interceptOAuth(provider: OAuthServer, server: SandboxServer): void {
  provider.use(async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(ctx.response.headers)) {
      if (value !== undefined) headers[name] = String(value);
    }
    const text = typeof body === "string" ? body : body === undefined || body === null ? "" : JSON.stringify(body);
    if (server.intercept(ctx.req, ctx.res, { status: ctx.status, headers, body: text })) ctx.respond = false;
  });
}

/**
 * Starts a server that speaks the APIs for OAuth clients of Rezolve.ai and ECI Nexus, and issues real tokens to the
 * clients made through them: for trying things out, and for tests. It listens on loopback only, unless told
 * otherwise, and keeps everything in memory, unless given a file.
 *
 * @throws {SandboxError} `options-invalid`, `port-in-use`, `file-unusable`
 * @example
 * const sandbox = await startSandbox();
 * const response = await fetch(`${sandbox.url}/api/v1/oauth-clients`, {
 *   headers: {
 *     accept: "application/json",
 *     authorization: `Bearer ${await sandbox.adminToken()}`,
 *     "x-tenantid": sandbox.tenants[0].id,
 *   },
 * });
 * await sandbox.close();
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const resolved = resolveOptions(options);
  const store = resolved.file === undefined ? memoryStore() : await sqliteStore(resolved.file);
  try {
    return await startOn(store, resolved);
  } catch (error) {
    store.close();
    throw error;
  }
}

async function startOn(store: Store, options: ResolvedOptions): Promise<Sandbox> {
  const { settings, tenants } = options;
  const log = options.log === undefined ? undefined : printing(options.log);
  const ledger = new TokenLedger(store);
  const directory = new ClientDirectory(store, ledger);
  const keys: SandboxKeys = loadKeys(store);
  const requests = new RequestLog(options.requestLogLength, log, [options.nexus.applicationTokenHeader]);
  const faults = new FaultInjector();
  const helperKey = randomBytes(16).toString("hex");
  const introspectionClient = {
    clientId: "sandbox-introspection",
    clientSecret: randomBytes(32).toString("base64url"),
  };

  let running: Running | undefined;
  const whenRunning = (): Running => {
    if (running === undefined) throw new Error("The sandbox is not listening yet");
    return running;
  };
  const services: Services = {
    directory,
    ledger,
    settings,
    tenants,
    scopes: options.scopes,
    requests,
    nexus: options.nexus,
    url: () => whenRunning().url,
    adminTokens: () => whenRunning().adminTokens,
    metadataProblem: async (client) => {
      try {
        await whenRunning().provider.Client.validate(clientMetadata(client));
        return undefined;
      } catch (error) {
        return error instanceof Error && "error_description" in error ? String(error.error_description) : String(error);
      }
    },
  };

  const rateLimiter = new RateLimiter(settings);
  const hostNames = ownNames(options.host, options.allowedHosts);
  const server = createServer({ vendorApis, settings, requests, faults, rateLimiter, hostNames, helperKey });
  mountOAuth(server.app, OAUTH_PREFIX, () => running?.listener);
  for (const api of vendorApis) api.register(server.app, services);
  const url = baseUrl(options.host, await listen(server, options));
  const issuer = `${url}${OAUTH_PREFIX}`;
  const audience = `${url}/api`;

  const provider = await oauthServer({
    issuer,
    audience,
    keys,
    directory,
    ledger,
    adminClients: options.adminClients,
    introspectionClient,
    scopes: options.scopes,
    onError: (error) => log?.(`oauth error: ${error instanceof Error ? error.message : String(error)}`),
  });
  interceptOAuth(provider, server);
  running = { url, provider, listener: provider.callback(), adminTokens: adminTokens(keys, issuer, audience) };

  const sweeping = setInterval(() => store.sweep(Date.now()), SWEEP_INTERVAL_MS);
  sweeping.unref();
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(sweeping);
    await server.app.close();
    store.close();
  };

  return {
    url,
    issuer,
    tokenUrl: `${issuer}/token`,
    introspectionUrl: `${issuer}/introspect`,
    authorizationUrl: `${issuer}/authorize`,
    introspectionClient,
    nexus: shownNexus(options.nexus),
    tenants,
    settings,
    faults,
    requests,
    clients: clientControls(directory, ledger, settings),
    ...protocolHelpers({ issuer, directory, introspectionClient, helperHeaders: { [HELPER_HEADER]: helperKey } }),
    adminToken: ({ expiresInSeconds = 3600, roles = ["tenant_admin"], tenantId, user, ...nexus } = {}) => {
      const rights = { ...nexusRights(nexus), roles, tenants: [tenantId ?? tenants[0].id].flat() };
      return whenRunning().adminTokens.sign({ ...DEFAULT_ADMIN, ...user }, rights, expiresInSeconds);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
