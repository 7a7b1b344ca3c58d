import type { IncomingHttpHeaders } from "node:http";
import type { Services } from "../http/vendor-api.ts";
import type { Caller } from "../oauth/admin-tokens.ts";
import type { SandboxTenant } from "../options.ts";
import { invalidParameter, RezolveProblem } from "./problems.ts";

const ADMIN_ROLES = ["tenant_admin", "oauth_admin"];

/** Who asks, and about which tenant. */
export interface Access {
  readonly caller: Caller;
  readonly tenant: SandboxTenant;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function authenticate(headers: IncomingHttpHeaders, services: Services): Promise<Caller> {
  const unauthorized = (details: string) => new RezolveProblem(401, "UNAUTHORIZED", "Authentication failed", details);
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  if (token === undefined) throw unauthorized("A bearer token is required");
  const verification = await services.adminTokens().verify(token);
  switch (verification.kind) {
    case "expired":
      throw new RezolveProblem(401, "TOKEN_EXPIRED", "Authentication failed", "The bearer token has expired");
    case "invalid":
      throw unauthorized("The bearer token is not valid");
    case "valid":
      return verification.caller;
  }
}

function findTenant(headers: IncomingHttpHeaders, services: Services): SandboxTenant {
  const id = header(headers, "x-tenantid");
  if (id === undefined || id === "") throw invalidParameter("Header x-tenantid is required");
  const tenant = services.tenants.find((candidate) => candidate.id === id);
  if (tenant === undefined) {
    const status = services.settings.rezolve.tenantUnknown;
    throw new RezolveProblem(status, "TENANT_NOT_FOUND", "Tenant not found", `No tenant exists with ID: ${id}`);
  }
  return tenant;
}

/**
 * Lets a request in, or says why not. The order is fixed: token, tenant, realm, role; parameters come after it.
 *
 * @throws {RezolveProblem} 400, 401, 403, 404
 */
export async function admit(
  headers: IncomingHttpHeaders,
  services: Services,
  identified: (caller: Caller) => void,
): Promise<Access> {
  const caller = await authenticate(headers, services);
  identified(caller);
  const tenant = findTenant(headers, services);
  const forbidden = (details: string) => new RezolveProblem(403, "FORBIDDEN", "Insufficient permissions", details);
  if (!caller.tenants.includes(tenant.id)) throw forbidden("The token belongs to another tenant");
  const realm = header(headers, "realmname");
  if (realm !== undefined && realm !== tenant.realmName) {
    const details = `Tenant ${tenant.id} has no realm ${realm}`;
    throw new RezolveProblem(404, "REALM_NOT_FOUND", "Realm not found", details);
  }
  if (!caller.roles.some((role) => ADMIN_ROLES.includes(role))) {
    throw forbidden(`One of these roles is required: ${ADMIN_ROLES.join(", ")}`);
  }
  return { caller, tenant };
}

/** @throws {RezolveProblem} 400 when the caller does not accept JSON, or sends a body that is not said to be JSON. */
export function checkMediaTypes(headers: IncomingHttpHeaders, bodyRequired: boolean): void {
  const accept = headers.accept ?? "";
  if (!/application\/(json|\*)|\*\/\*/i.test(accept)) {
    throw invalidParameter("Header accept is required and must allow application/json");
  }
  if (bodyRequired && !/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    throw invalidParameter("Header content-type is required and must be application/json");
  }
}
