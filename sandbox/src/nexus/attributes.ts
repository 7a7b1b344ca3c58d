import { z } from "zod";
import type { StoredClient } from "../store/client.ts";

const text = z.string().nullable();

const mobile = z
  .object({
    ios: z.object({ team_id: text, app_bundle_identifier: text }).nullable(),
    android: z.object({ keystore_hash: text, app_package_name: text }).nullable(),
  })
  .nullable();

/** What only Nexus knows of a client, under the names of its read model where that has one. */
const attributes = z.object({
  type: z.string(),
  owners: z.array(z.string()),
  productName: text,
  applicationName: text,
  client_upn_key: text,
  manuallyCreated: z.boolean(),
  logoUrl: text,
  initiate_login_uri: text,
  allowedLogoutUrls: z.array(z.string()),
  allowedWebOrigins: z.array(z.string()),
  mobile,
});

export type NexusAttributes = z.infer<typeof attributes>;

export function attributesOf(client: StoredClient): NexusAttributes {
  return attributes.parse(client.attributes);
}
