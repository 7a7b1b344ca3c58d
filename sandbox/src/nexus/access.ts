import type { IncomingHttpHeaders } from "node:http";
import type { Services } from "../http/vendor-api.ts";
import type { Caller } from "../oauth/admin-tokens.ts";
import type { SandboxTenant } from "../options.ts";
import { forbidden, NexusProblem, unauthorized } from "./problems.ts";

/** Who asks, and about which tenant. */
export interface Access {
  readonly caller: Caller;
  readonly tenant: SandboxTenant;
}

/** The first alternative: a bearer token and the application token, both (seed 000, "Security"). */
async function byTokens(bearer: string, headers: IncomingHttpHeaders, services: Services): Promise<Caller> {
  const verification = await services.adminTokens().verify(bearer);
  if (verification.kind === "expired") throw unauthorized("The bearer token has expired.");
  if (verification.kind === "invalid") throw unauthorized("The bearer token is not valid.");
  const { applicationTokenHeader, applicationTokens } = services.nexus;
  const applicationToken = headers[applicationTokenHeader.toLowerCase()];
  if (applicationToken === undefined) throw unauthorized("A bearer token needs an application token beside it.");
  if (typeof applicationToken !== "string" || !applicationTokens.includes(applicationToken)) {
    throw unauthorized("The application token is not valid.");
  }
  return verification.caller;
}

/** The second alternative, sufficient by itself. */
function byPassword(credentials: string, { nexus }: Services): Caller {
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
  const user = nexus.basicUsers.find((candidate) => candidate.username === username && candidate.password === password);
  if (user === undefined) throw unauthorized("Wrong user name or password.");
  return user;
}

async function authenticate(headers: IncomingHttpHeaders, services: Services): Promise<Caller> {
  const [, scheme, credentials = ""] = /^(Bearer|Basic) +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  switch (scheme?.toLowerCase()) {
    case "bearer":
      return byTokens(credentials, headers, services);
    case "basic":
      return byPassword(credentials, services);
    default:
      throw unauthorized("A bearer token with an application token is required, or Basic credentials.");
  }
}

/**
 * Lets a request in, or says why not. The order is fixed: credentials, tenant, the caller's tenants; permissions come
 * after it.
 *
 * @throws {NexusProblem} 401, 403, and the setting `tenantUnknown`
 */
export async function admit(
  tenantId: string,
  headers: IncomingHttpHeaders,
  services: Services,
  identified: (caller: Caller) => void,
): Promise<Access> {
  const caller = await authenticate(headers, services);
  identified(caller);
  const tenant = services.tenants.find(({ id }) => id === tenantId);
  if (tenant === undefined) {
    throw new NexusProblem(services.settings.nexus.tenantUnknown, `Tenant ${tenantId} was not found.`);
  }
  if (!caller.tenants.includes(tenant.id)) throw forbidden(`The caller has no access to tenant ${tenantId}.`);
  return { caller, tenant };
}
