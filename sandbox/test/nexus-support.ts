import { z } from "zod";
import type { AdminTokenOptions, Sandbox } from "../src/index.ts";

export interface NexusRequest {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  /** `null` leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly token?: AdminTokenOptions;
}

export interface NexusAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** `undefined` for an empty body. */
  readonly body: unknown;
}

/** The clients of the sandbox's first tenant, or of another one; or one client among them. */
export function clientsPath(sandbox: Sandbox, id?: string, tenantId: string = sandbox.tenants[0].id): string {
  return `/v1/tenants/${tenantId}/clients${id === undefined ? "" : `/${id}`}`;
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** The raw response to a request with a bearer token and an application token. */
export async function rawNexus(
  sandbox: Sandbox,
  method: string,
  path: string,
  request: NexusRequest = {},
): Promise<Response> {
  const text = request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const headers = new Headers({
    authorization: `Bearer ${await sandbox.adminToken(request.token)}`,
    [sandbox.nexus.applicationTokenHeader]: sandbox.nexus.applicationToken,
  });
  if (text !== undefined) headers.set("content-type", "application/json");
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  // The type of a body that fetch gives by itself must not hide a missing header.
  const body = text === undefined ? {} : { body: new TextEncoder().encode(text) };
  return fetch(`${sandbox.url}${path}`, { method, headers, ...body });
}

export async function nexus(
  sandbox: Sandbox,
  method: string,
  path: string,
  request: NexusRequest = {},
): Promise<NexusAnswer> {
  const response = await rawNexus(sandbox, method, path, request);
  const text = await response.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, body };
}

/** A body that creates a client able to do everything. */
export const fullBody = {
  name: "Portal",
  app_type: "regular_web",
  description: "Where customers look things up",
  callbacks: ["https://portal.example.test/callback"],
  allowed_logout_urls: ["https://portal.example.test/bye"],
  allowed_origins: ["https://portal.example.test"],
  web_origins: ["https://web.example.test"],
  grant_types: ["authorization_code", "client_credentials", "refresh_token"],
  logo_uri: "https://portal.example.test/logo.svg",
  initiate_login_uri: "https://portal.example.test/login",
  client_metadata: {
    owners: "u-1,role-2",
    productName: "portal",
    client_upn_key: "email",
    applicationName: "Customer portal",
    manuallyCreated: true,
  },
  mobile: {
    ios: { team_id: "TEAM1", app_bundle_identifier: "test.example.portal" },
    android: { keystore_hash: "AB:CD", app_package_name: "test.example.portal" },
  },
};

const createdClient = z.object({ id: z.string(), secret: z.string().nullable() });

/** A client made through the API, with the credentials under which the OAuth server knows it. */
export async function createNexusClient(sandbox: Sandbox, changes: Record<string, unknown> = {}, tenantId?: string) {
  const path = clientsPath(sandbox, undefined, tenantId);
  const token = tenantId === undefined ? {} : { token: { tenantId } };
  const answer = await nexus(sandbox, "POST", path, { body: { ...fullBody, ...changes }, ...token });
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  const { id, secret } = createdClient.parse(answer.body);
  return { id, clientId: id, clientSecret: secret };
}

const page = z.strictObject({
  "@odata.context": z.string(),
  "@odata.count": z.number(),
  value: z.array(z.record(z.string(), z.unknown())),
});

/** A page of the list, which must be in its documented form. */
export async function listPage(sandbox: Sandbox, query = "", request: NexusRequest = {}) {
  const answer = await nexus(sandbox, "GET", `${clientsPath(sandbox)}${query}`, request);
  if (answer.status !== 200) throw new Error(`list answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  const { "@odata.context": context, "@odata.count": count, value } = page.parse(answer.body);
  return { context, count, value };
}

/** The client as the list has it. */
export async function listed(sandbox: Sandbox, id: string): Promise<Record<string, unknown> | undefined> {
  const { value } = await listPage(sandbox, "?top=100");
  return value.find((client) => client.id === id);
}
