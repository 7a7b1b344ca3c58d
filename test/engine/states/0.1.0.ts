import { nexus, rezolve } from "pulumi-oauth-clients";
import type { Places } from "./made.ts";

/** What most of its clients are. */
export const BOT: rezolve.OAuthClientArgs = {
  name: "",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

/** The program that made `0.1.0.json` with that version. */
export function program({ otherTenantId, realmName }: Places, step: 1 | 2): void {
  new rezolve.OAuthClient("plain", { ...BOT, name: "Plain" });
  new rezolve.OAuthClient("full", {
    name: "Full",
    description: "everything that can be said",
    clientType: "confidential",
    redirectUris: ["https://full.example.test/callback"],
    grantTypes: ["authorization_code", "refresh_token"],
    scopes: ["users:read", "reports:read"],
    allowedOrigins: ["https://full.example.test"],
    ipWhitelist: ["192.0.2.0/24"],
    tenantId: otherTenantId,
    realmName,
    status: "inactive",
    deletion: { alreadyGone: "trust", disableFirst: true },
  });
  new rezolve.OAuthClient("public", {
    ...BOT,
    name: "Public",
    clientType: "public",
    grantTypes: ["authorization_code"],
  });
  new rezolve.OAuthClient("rotated", { ...BOT, name: "Rotated", rotateSecretWhen: { step } });
  new rezolve.OAuthClient("adopted", { ...BOT, name: "Adopted", adopt: { byName: true } });
  new rezolve.OAuthClient("protected", { ...BOT, name: "Protected" }, { protect: true });
  new rezolve.OAuthClient("tombstone", { ...BOT, name: "Tombstone", status: step === 1 ? "active" : "deleted" });
  new rezolve.OAuthClientDeletion("gone", { targetId: "client-550e8400-e29b-41d4-a716-446655440001" });
  new nexus.Client("app", { name: "App", appType: "non_interactive" });
  new nexus.Client("full-app", {
    name: "Full app",
    appType: "regular_web",
    description: "everything that can be said",
    callbackUrls: ["https://app.example.test/callback"],
    allowedLogoutUrls: ["https://app.example.test/logout"],
    allowedWebOrigins: ["https://app.example.test"],
    allowedCorsOrigins: ["https://app.example.test"],
    grantTypes: ["authorization_code"],
    logoUrl: "https://app.example.test/logo.png",
    initiateLoginUri: "https://app.example.test/login",
    productName: "Product",
    applicationName: "Application",
    tenantId: otherTenantId,
  });
  new nexus.Client("app-tombstone", {
    name: "App tombstone",
    appType: "spa",
    status: step === 1 ? "active" : "deleted",
  });
  new nexus.ClientDeletion("gone-app", { targetId: "0123456789abcdef0123456789abcdef" });
}
