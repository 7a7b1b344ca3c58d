import { randomInt } from "node:crypto";
import type { Services } from "../http/vendor-api.ts";
import { ID_TOKEN_LIFETIME, type StoredClient } from "../store/client.ts";
import type { ClientDraft } from "../store/directory.ts";
import type { Access } from "./access.ts";
import { attributesOf, type NexusAttributes } from "./attributes.ts";
import { mobileFrom, type PatchBody, parseCreateBody, parsePatchBody, unpackOwners } from "./bodies.ts";
import { parseListQuery, queried, shownCount } from "./odata.ts";
import { type Action, holds, mayReach, neededFor } from "./permissions.ts";
import { clientNotFound, forbidden, NexusProblem } from "./problems.ts";
import type { NexusSettings } from "./settings.ts";
import { created, readModel } from "./views.ts";

/** One admitted request. */
export interface Call extends Access {
  /** From the path; empty where the path has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** The sandbox's address as the caller knows it. */
  readonly origin: string;
  /** Parses the JSON body. @throws {NexusProblem} 400, 415 */
  readonly body: () => unknown;
}

export interface Success {
  readonly status: number;
  /** `undefined` for none at all. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Operation = (call: Call, services: Services) => Success;

const VENDOR = "nexus";

/** The kinds of application that cannot keep a secret. */
const PUBLIC_TYPES = new Set(["spa", "native"]);

/** What a client gets that names no grants. Other types of application get none. */
const DEFAULT_GRANTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["non_interactive", ["client_credentials"]],
  ["regular_web", ["authorization_code", "refresh_token"]],
  ["spa", ["authorization_code", "refresh_token"]],
  ["native", ["authorization_code", "refresh_token"]],
]);

/** Nexus knows no scopes of clients; these are what every application may ask for when somebody signs in. */
const SIGN_IN_SCOPES = ["openid", "profile", "email", "offline_access"];

const ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** As Auth0 makes them: 32 letters and digits, the same for the API and for OAuth. */
function newId(): string {
  return Array.from({ length: 32 }, () => ID_CHARACTERS[randomInt(ID_CHARACTERS.length)]).join("");
}

function requirePermission(action: Action, { caller }: Call): void {
  if (!holds(action, caller)) throw forbidden(`The permission ${neededFor(action)} is required.`);
}

/** The client in the path, if the caller may change it. */
function lookUpWritable({ caller, id, tenant }: Call, { directory, settings }: Services): StoredClient {
  const client = directory.get(id);
  const exists = client?.vendor === VENDOR && client.tenantId === tenant.id && client.deletion === null;
  if (!exists) throw clientNotFound(id, tenant.id);
  if (mayReach("write", caller, attributesOf(client))) return client;
  if (settings.nexus.invisible === "404") throw clientNotFound(id, tenant.id);
  throw forbidden(
    `Client ${id} is outside the caller's reach: neither the user nor a member role is among its owners, its product is not in the caller's scope, and client.write.all is missing.`,
  );
}

function checkNameIsFree(name: string, { tenant }: Call, { directory, settings }: Services): void {
  if (settings.nexus.duplicateNames) return;
  const taken = directory
    .named(name)
    .some((client) => client.vendor === VENDOR && client.tenantId === tenant.id && client.deletion === null);
  if (taken) throw new NexusProblem(409, `A client named "${name}" already exists in tenant ${tenant.id}.`);
}

/** `POST /v1/tenants/{tenantId}/clients` */
export const create: Operation = (call, services) => {
  requirePermission("write", call);
  const { caller, tenant } = call;
  const settings = services.settings.nexus;
  const body = parseCreateBody(call.body());
  checkNameIsFree(body.name, call, services);
  const metadata = body.client_metadata ?? {};
  const attributes: NexusAttributes = {
    type: body.app_type,
    owners: unpackOwners(metadata.owners, settings.ownersPacking),
    productName: metadata.productName ?? null,
    applicationName: metadata.applicationName ?? null,
    client_upn_key: metadata.client_upn_key ?? null,
    manuallyCreated: metadata.manuallyCreated ?? false,
    logoUrl: body.logo_uri ?? null,
    initiate_login_uri: body.initiate_login_uri ?? null,
    allowedLogoutUrls: body.allowed_logout_urls ?? [],
    allowedWebOrigins: body.web_origins ?? [],
    mobile: mobileFrom(body.mobile),
  };
  const id = newId();
  const draft: ClientDraft = {
    id,
    vendor: VENDOR,
    tenantId: tenant.id,
    name: body.name,
    description: body.description ?? null,
    clientId: id,
    clientType: PUBLIC_TYPES.has(body.app_type) ? "public" : "confidential",
    redirectUris: body.callbacks ?? [],
    grantTypes: body.grant_types ?? [...(DEFAULT_GRANTS.get(body.app_type) ?? [])],
    scopes: SIGN_IN_SCOPES,
    allowedOrigins: body.allowed_origins ?? [],
    ipWhitelist: [],
    tokenSettings: { ...services.settings.tokenSettings, idTokenLifetime: ID_TOKEN_LIFETIME },
    attributes,
  };
  const { client, secret } = services.directory.create(draft, caller.actor, {
    keepPlainSecret: settings.secret === "populated",
  });
  const location = `/v1/tenants/${encodeURIComponent(tenant.id)}/clients/${encodeURIComponent(id)}`;
  return {
    status: settings.createStatus,
    body: created(client, secret, settings.createBody),
    headers: settings.createLocation ? { location } : {},
  };
};

/** `GET /v1/tenants/{tenantId}/clients`: what the caller may not see is left out without a word (vendor-apis 4.2). */
export const list: Operation = (call, services) => {
  requirePermission("read", call);
  const { caller, origin, query, tenant } = call;
  const settings = services.settings.nexus;
  const asked = parseListQuery(query, settings);
  const visible = services.directory
    .listed(VENDOR, tenant.id, services.settings.listLag)
    .filter((client) => client.deletion === null && mayReach("read", caller, attributesOf(client)));
  const page = queried(
    visible.map((client) => readModel(client, settings)),
    asked,
    settings.search,
  );
  const columns = asked.select === undefined ? "" : `(${asked.select.join(",")})`;
  const context = `${origin}/v1/$metadata#Clients${columns}`;
  return {
    status: 200,
    body: { "@odata.context": context, ...shownCount(settings.count, page), value: page.value },
  };
};

/** The value after a patch: unsaid, it stays; `null` and arrays go by the settings. */
function patched<T>(before: T, given: T | null | undefined, cleared: T, settings: NexusSettings): T {
  if (given === undefined) return before;
  if (given === null) return settings.patchNull === "clear" ? cleared : before;
  return given;
}

function patchedList(before: string[], given: PatchBody["owners"], settings: NexusSettings): string[] {
  const merged = given && settings.patchArrays === "merge" ? [...new Set([...before, ...given])] : given;
  return patched(before, merged, [], settings);
}

/** `PATCH /v1/tenants/{tenantId}/clients/{clientId}` */
export const update: Operation = (call, services) => {
  requirePermission("write", call);
  const settings = services.settings.nexus;
  const body = parsePatchBody(call.body());
  const client = lookUpWritable(call, services);
  const before = attributesOf(client);
  const text = (field: "applicationName" | "client_upn_key" | "productName") =>
    patched(before[field], body[field], null, settings);
  const attributes: NexusAttributes = {
    ...before,
    owners: patchedList(before.owners, body.owners, settings),
    productName: text("productName"),
    applicationName: text("applicationName"),
    client_upn_key: text("client_upn_key"),
    allowedLogoutUrls: patchedList(before.allowedLogoutUrls, body.allowedLogoutUrls, settings),
    allowedWebOrigins: patchedList(before.allowedWebOrigins, body.allowedWebOrigins, settings),
    // An object is given as a whole; an empty one takes the old one away.
    mobile: body.mobile ? mobileFrom(body.mobile) : patched(before.mobile, body.mobile, null, settings),
  };
  const change = {
    redirectUris: patchedList(client.redirectUris, body.callbackUrls, settings),
    allowedOrigins: patchedList(client.allowedOrigins, body.allowedCorsOrigins, settings),
    attributes,
  };
  const after = services.directory.change(client, change, call.caller.actor);
  return settings.patchStatus === 204 ? { status: 204 } : { status: 200, body: readModel(after, settings) };
};

/** `DELETE /v1/tenants/{tenantId}/clients/{clientId}`: for good, with everything that the client was given. */
export const remove: Operation = (call, services) => {
  requirePermission("write", call);
  const client = lookUpWritable(call, services);
  services.directory.remove(client, { kind: "hard" }, call.caller.actor);
  return { status: 204 };
};
