import type { Sandbox } from "pulumi-oauth-clients-sandbox";

/** A vendor that the sandbox speaks. */
export type VendorName = (typeof VENDORS)[number];

export const VENDORS = ["rezolve", "nexus"] as const;

/** Kinds of resources. */
export const KINDS = {
  rezolve: {
    client: "rezolve:OAuthClient",
    deletion: "rezolve:OAuthClientDeletion",
    purge: "rezolve:OAuthClientPurge",
  },
  nexus: { client: "nexus:Client", deletion: "nexus:ClientDeletion", purge: "nexus:ClientPurge" },
} as const;

/** Who works at a tenant of the sandbox. */
export interface Administrator {
  sandbox: Sandbox;
  token: string;
  tenantId: string;
}

/** A client as its maker learns of it: Nexus gives no OAuth client id besides, and no type says whether a secret. */
export type Made = {
  id: string;
  clientId: string | null;
  clientSecret: string | null;
};

const DEFAULTS: Record<VendorName, Record<string, unknown>> = {
  rezolve: {
    clientType: "confidential",
    redirectUris: [],
    grantTypes: ["client_credentials"],
    scopes: ["users:read"],
  },
  nexus: { app_type: "non_interactive", grant_types: ["client_credentials"] },
};

/** The id of the client that a request is about, out of its path. */
export function idIn(path: string): string {
  const { pathname } = new URL(path, "http://vendor.example.test");
  return decodeURIComponent(pathname.split("/").at(-1) ?? "");
}

/** Sends a request past Pulumi, as somebody in the vendor's console does. */
export async function outside(
  { sandbox, token, tenantId }: Administrator,
  vendor: VendorName,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const root = vendor === "rezolve" ? "/api/v1/oauth-clients" : `/v1/tenants/${tenantId}/clients`;
  const { applicationToken, applicationTokenHeader } = sandbox.nexus;
  const answer = await fetch(`${sandbox.url}${root}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json",
      ...(vendor === "rezolve" ? { "x-tenantid": tenantId } : { [applicationTokenHeader]: applicationToken }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/**
 * Makes a client past Pulumi.
 *
 * @param wanted as the vendor's API has it; what is left out is that of a machine client
 */
export async function clientOutside(
  administrator: Administrator,
  vendor: VendorName,
  wanted: Record<string, unknown>,
): Promise<Made> {
  const made = Object(await outside(administrator, vendor, "POST", "", { ...DEFAULTS[vendor], ...wanted }));
  const { id, clientId, client_id, clientSecret, client_secret } = { ...made, ...made.data };
  const known = id ?? client_id;
  if (typeof known !== "string") throw new Error(`no id in ${JSON.stringify(made)}`);
  return { id: known, clientId: clientId ?? null, clientSecret: clientSecret ?? client_secret ?? null };
}
