import { randomBytes, randomUUID } from "node:crypto";
import type { MetadataSource, Services } from "../http/vendor-api.ts";
import { ID_TOKEN_LIFETIME, type StoredClient } from "../store/client.ts";
import type { ClientChange, DeletionMode } from "../store/directory.ts";
import type { Access } from "./access.ts";
import type { Success } from "./envelope.ts";
import { clientNotFound, invalidBody, invalidParameter, RezolveProblem } from "./problems.ts";
import { checkValues, parseCreateBody, parsePatchBody, parseRotateBody } from "./validation.ts";
import * as views from "./views.ts";

/** One admitted request. */
export interface Call extends Access {
  /** From the path; empty where the path has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Parsed JSON; `undefined` without a body. */
  readonly body: unknown;
}

export type Operation = (call: Call, services: Services) => Success | Promise<Success>;

const VENDOR = "rezolve";

/** Every example has the prefix, the text only asks for a UUID (vendor-apis 5, item 1): both are taken. */
const ID_SHAPE = /^(client-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The client in the path, soft-deleted or not. */
function lookUp({ id, tenant }: Call, { directory }: Services): StoredClient {
  if (!ID_SHAPE.test(id)) throw invalidParameter(`Invalid client ID format: ${id} is not a valid UUID`);
  const client = directory.get(id);
  if (client === undefined || client.vendor !== VENDOR || client.tenantId !== tenant.id) throw clientNotFound(id);
  return client;
}

function lookUpLiving(call: Call, services: Services): StoredClient {
  const client = lookUp(call, services);
  if (client.deletion !== null) throw clientNotFound(call.id);
  return client;
}

function checkNameIsFree(name: string, { tenant }: Call, { directory, settings }: Services, own?: StoredClient): void {
  const holder = directory
    .named(name)
    .filter((client) => client.vendor === VENDOR && client.tenantId === tenant.id && client.id !== own?.id)
    .find((client) => client.deletion === null || settings.rezolve.softDeletedHoldsName);
  if (holder === undefined) return;
  throw new RezolveProblem(
    409,
    "OAUTH_CLIENT_ALREADY_EXISTS",
    "OAuth client already exists",
    `An OAuth client named "${name}" already exists in this tenant`,
  );
}

/** The OAuth client id: recognisable, unique, never reused. */
function newClientId(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "")
    .slice(0, 24);
  return `${slug || "client"}_${randomBytes(6).toString("hex")}`;
}

/** What the OAuth server itself would refuse; it is particular about redirect URIs only. */
async function checkMetadata(client: MetadataSource, services: Services): Promise<void> {
  if (client.redirectUris.length === 0) return;
  const problem = await services.metadataProblem(client);
  if (problem !== undefined) throw invalidBody(422, { redirectUris: problem });
}

export const create: Operation = async (call, services) => {
  const { caller, tenant } = call;
  const body = parseCreateBody(call.body);
  checkValues(body, services.scopes);
  const draft = {
    id: `client-${randomUUID()}`,
    vendor: VENDOR,
    tenantId: tenant.id,
    name: body.name,
    description: body.description ?? null,
    clientId: newClientId(body.name),
    clientType: body.clientType,
    redirectUris: body.redirectUris,
    grantTypes: body.grantTypes,
    scopes: body.scopes,
    allowedOrigins: body.allowedOrigins ?? [],
    ipWhitelist: body.ipWhitelist ?? [],
    tokenSettings: { ...services.settings.tokenSettings, idTokenLifetime: ID_TOKEN_LIFETIME },
    attributes: {},
  } as const;
  await checkMetadata({ ...draft, status: "active" }, services);
  // Nothing is awaited from here on: of two requests with one name exactly one succeeds.
  checkNameIsFree(body.name, call, services);
  const { client, secret } = services.directory.create(draft, caller.actor);
  const shownSecret = services.settings.rezolve.createSecret ? secret : undefined;
  return { message: "OAuth client created successfully", data: views.created(client, shownSecret, tenant) };
};

function pageParameter(query: URLSearchParams, name: string, fallback: number, min: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `between ${min} and ${max}`;
  throw invalidParameter(`${name} must be an integer ${range}`);
}

export const list: Operation = ({ query, tenant }, { directory, settings }) => {
  const { hasMore, ignoresOffset, maxLimit } = settings.rezolve.pages;
  const limit = Math.min(pageParameter(query, "limit", 50, 1, 100), maxLimit);
  const askedOffset = pageParameter(query, "offset", 0, 0, Number.MAX_SAFE_INTEGER);
  const offset = ignoresOffset ? 0 : askedOffset;
  const shown = directory
    .listed(VENDOR, tenant.id, settings.listLag)
    .filter((client) => client.deletion === null || settings.rezolve.softDeletedGet === "deleted");
  const clients = shown.slice(offset, offset + limit).map(views.listed);
  const areMore = hasMore === "actual" ? offset + clients.length < shown.length : hasMore === "always";
  const pagination = { total: shown.length, limit, offset, hasMore: areMore };
  return { message: "OAuth clients retrieved successfully", data: { clients, pagination } };
};

export const get: Operation = (call, services) => {
  const client = lookUp(call, services);
  if (client.deletion !== null && services.settings.rezolve.softDeletedGet === "404") throw clientNotFound(call.id);
  const activity = services.ledger.activity(client.clientId);
  return { message: "OAuth client retrieved successfully", data: views.retrieved(client, activity, call.tenant) };
};

export const update: Operation = async (call, services) => {
  lookUpLiving(call, services);
  const { status, clientId: _clientId, clientSecret: _clientSecret, ...fields } = parsePatchBody(call.body);
  if (status !== undefined && services.settings.rezolve.statusPatch === "refuse") {
    throw invalidBody(422, { status: "status cannot be changed here" });
  }
  const change: ClientChange = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const withStatus =
    status !== undefined && services.settings.rezolve.statusPatch === "accept" ? { ...change, status } : change;

  const wanted = { ...lookUpLiving(call, services), ...withStatus };
  checkValues(wanted, services.scopes);
  await checkMetadata(wanted, services);
  // Looked up again, as the client may be gone by now; nothing is awaited from here on.
  const before = lookUpLiving(call, services);
  if (wanted.name !== before.name) checkNameIsFree(wanted.name, call, services, before);
  // A public client does not authenticate with a secret, and must not get its old one back later (vendor-apis 2.4).
  const secrets = wanted.clientType === "public" ? [] : before.secrets;
  const after = services.directory.change(before, { ...withStatus, secrets }, call.caller.actor);
  const { patchStatus: answerStatus } = services.settings.rezolve;
  return { status: answerStatus, message: "OAuth client updated successfully", data: views.updated(before, after) };
};

export const remove: Operation = (call, services) => {
  const { directory, settings } = services;
  const client = lookUp(call, services);
  if (client.deletion !== null) {
    throw new RezolveProblem(
      409,
      "OAUTH_CLIENT_ALREADY_DELETED",
      "OAuth client has already been deleted",
      `The OAuth client was deleted on ${client.deletion.deletedAt} by ${client.deletion.deletedBy.email}`,
    );
  }
  const { deletion, retentionDays } = settings.rezolve;
  const mode: DeletionMode = deletion === "hard" ? { kind: "hard" } : { kind: "soft", retentionDays };
  const removal = directory.remove(client, mode, call.caller.actor);
  return {
    message: "OAuth client deleted successfully",
    data: views.deleted(removal, call.caller.actor, retentionDays),
  };
};

export const rotateSecret: Operation = (call, services) => {
  const client = lookUpLiving(call, services);
  const { gracePeriodMinutes } = parseRotateBody(call.body);
  if (client.clientType === "public") {
    throw invalidBody(422, { clientType: "Public clients have no secret to rotate" });
  }
  const { field, graceSeconds } = services.settings.rezolve.rotation;
  const grace = gracePeriodMinutes === undefined ? graceSeconds : gracePeriodMinutes * 60;
  const rotation = services.directory.rotateSecret(client, grace);
  return {
    message: "OAuth client secret rotated successfully",
    data: views.rotated(rotation, field, call.caller.actor),
  };
};
