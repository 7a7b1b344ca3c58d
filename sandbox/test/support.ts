import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { type AdminTokenOptions, type Sandbox, type SandboxOptions, startSandbox } from "../src/index.ts";

/** Both ways to keep things must behave alike: suites run over this list. */
export const storages = ["memory", "file"] as const;
export type Storage = (typeof storages)[number];

/** A directory that goes away with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "sandbox-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A sandbox that is closed when the test ends. */
export async function sandboxFor(storage: Storage, options: SandboxOptions = {}): Promise<Sandbox> {
  const file = storage === "file" ? { file: join(temporaryDirectory(), "sandbox.sqlite") } : {};
  const sandbox = await startSandbox({ ...file, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

export const startTestSandbox = (options: SandboxOptions = {}): Promise<Sandbox> => sandboxFor("memory", options);

const envelope = z.object({
  success: z.boolean(),
  message: z.string().optional(),
  data: z.record(z.string(), z.unknown()).default({}),
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown() }).partial().default({}),
  timestamp: z.string(),
});

export interface ApiAnswer extends z.infer<typeof envelope> {
  readonly status: number;
  readonly headers: Headers;
}

export interface ApiRequest {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  /** `null` leaves a header out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly token?: AdminTokenOptions;
}

/** The raw response to a request with all the headers that Rezolve asks for. */
export async function rawApi(
  sandbox: Sandbox,
  method: string,
  path: string,
  request: ApiRequest = {},
): Promise<Response> {
  const text = request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const headers = new Headers({
    accept: "application/json",
    authorization: `Bearer ${await sandbox.adminToken(request.token)}`,
    "x-tenantid": sandbox.tenants[0].id,
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

/** The answer, which must be one of Rezolve's envelopes. */
export async function api(
  sandbox: Sandbox,
  method: string,
  path: string,
  request: ApiRequest = {},
): Promise<ApiAnswer> {
  const response = await rawApi(sandbox, method, path, request);
  return { ...envelope.parse(await response.json()), status: response.status, headers: response.headers };
}

export const clientsPath = "/api/v1/oauth-clients";

/** A body that creates a client able to do everything. */
export const fullClient = {
  name: "ServiceNow Integration",
  description: "Tickets in both directions",
  clientType: "confidential",
  redirectUris: ["https://app.example.test/callback"],
  grantTypes: ["authorization_code", "client_credentials", "refresh_token"],
  scopes: ["openid", "ticketing:read", "ticketing:write"],
  allowedOrigins: ["https://app.example.test"],
  ipWhitelist: ["203.0.113.0/24"],
};

const createdClient = z.object({ id: z.string(), clientId: z.string(), clientSecret: z.string().optional() });

/** A client made through the API. */
export async function createClient(sandbox: Sandbox, changes: Record<string, unknown> = {}) {
  const answer = await api(sandbox, "POST", clientsPath, { body: { ...fullClient, ...changes } });
  if (answer.status !== 200) throw new Error(`create answered ${answer.status}: ${JSON.stringify(answer.error)}`);
  return createdClient.parse(answer.data);
}

export const remove = (sandbox: Sandbox, id: string) => api(sandbox, "DELETE", `${clientsPath}/${id}`);
export const get = (sandbox: Sandbox, id: string) => api(sandbox, "GET", `${clientsPath}/${id}`);

/** How a promise was refused; it must be. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<{ code: unknown; status: unknown; oauthError: unknown }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      return {
        code: error.code,
        status: "status" in error ? error.status : undefined,
        oauthError: "oauthError" in error ? error.oauthError : undefined,
      };
    }
    throw error;
  }
  throw new Error("It was not refused");
}

export const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
