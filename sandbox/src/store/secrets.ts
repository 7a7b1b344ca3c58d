import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { StoredClient } from "./client.ts";

/** A new secret: 256 random bits, recognisable as one of the sandbox. */
export function newSecret(): string {
  return `sbx_${randomBytes(32).toString("base64url")}`;
}

/** A fast hash is enough: the secrets are random, not chosen by people. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** Whether it is the client's secret, or one that rotation has replaced and that is still in its grace period. */
export function secretMatches(client: StoredClient, secret: string): boolean {
  const given = Buffer.from(hashSecret(secret));
  const now = new Date().toISOString();
  return client.secrets.some(
    ({ hash, validUntil }) => (validUntil === null || validUntil > now) && timingSafeEqual(given, Buffer.from(hash)),
  );
}
