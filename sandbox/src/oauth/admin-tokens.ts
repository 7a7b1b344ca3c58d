import { createPrivateKey, createPublicKey, randomUUID } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Actor } from "../store/client.ts";
import type { SandboxKeys } from "./keys.ts";
import { type AdminRights, NEXUS_PERMISSIONS } from "./rights.ts";

const claimsSchema = z.object({
  sub: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  roles: z.array(z.string()).default([]),
  tenants: z.array(z.string()).default([]),
  permissions: z.array(z.enum(NEXUS_PERMISSIONS)).default([]),
  member_roles: z.array(z.string()).default([]),
  products: z.array(z.string()).default([]),
});

/** Who calls the API, and with which rights. */
export interface Caller extends AdminRights {
  readonly actor: Actor;
}

export type Verification =
  | { readonly kind: "valid"; readonly caller: Caller }
  | { readonly kind: "expired" }
  | { readonly kind: "invalid"; readonly reason: string };

/** Signs and verifies the JWTs that the vendors' admin APIs take. */
export interface AdminTokens {
  readonly audience: string;
  sign(actor: Actor, rights: AdminRights, expiresInSeconds: number): Promise<string>;
  verify(token: string): Promise<Verification>;
}

/** The claims that carry the rights, the same in tokens from {@link AdminTokens} and from the token endpoint. */
export function rightsClaims(actor: Actor, rights: AdminRights) {
  return {
    name: actor.name,
    email: actor.email,
    roles: [...rights.roles],
    tenants: [...rights.tenants],
    permissions: [...rights.permissions],
    member_roles: [...rights.memberRoles],
    products: [...rights.products],
  };
}

export function adminTokens(keys: SandboxKeys, issuer: string, audience: string): AdminTokens {
  const { signing } = keys;
  const privateKey = createPrivateKey({ key: signing, format: "jwk" });
  const publicKey = createPublicKey(privateKey);
  return {
    audience,
    async sign(actor, rights, expiresInSeconds) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT(rightsClaims(actor, rights))
        .setProtectedHeader({ alg: signing.alg, kid: signing.kid, typ: "at+jwt" })
        .setSubject(actor.id)
        .setIssuer(issuer)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt(Math.min(now, now + expiresInSeconds))
        .setExpirationTime(now + expiresInSeconds)
        .sign(privateKey);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, publicKey, { issuer, audience, algorithms: [signing.alg] });
        const { email = "", member_roles: memberRoles, name, sub, ...rights } = claimsSchema.parse(payload);
        return { kind: "valid", caller: { ...rights, memberRoles, actor: { id: sub, name: name ?? sub, email } } };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { kind: "expired" };
        if (error instanceof errors.JOSEError) return { kind: "invalid", reason: error.message };
        if (error instanceof z.ZodError) return { kind: "invalid", reason: "unexpected claims" };
        throw error;
      }
    },
  };
}
