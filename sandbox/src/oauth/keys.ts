import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import type { JWK } from "oidc-provider";
import { z } from "zod";
import type { Store } from "../store/store.ts";

const keysSchema = z.object({
  /** Private ES256 key that signs admin tokens and id tokens. */
  signing: z.object({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: z.string(),
    y: z.string(),
    d: z.string(),
    kid: z.string(),
    alg: z.literal("ES256"),
    use: z.literal("sig"),
  }),
  /** Signs the OAuth server's session cookies. */
  cookie: z.string(),
});

/** The sandbox's own keys. */
export type SandboxKeys = z.infer<typeof keysSchema>;

function newKeys(): SandboxKeys {
  const jwk: JWK = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  return keysSchema.parse({
    signing: { ...jwk, kid: randomUUID(), alg: "ES256", use: "sig" },
    cookie: randomBytes(32).toString("base64url"),
  });
}

/** The keys kept in the store, made on first use: tokens signed before a restart stay valid after it. */
export function loadKeys(store: Store): SandboxKeys {
  const collection = store.collection<SandboxKeys>({
    name: "keys",
    parse: (stored) => keysSchema.parse(stored),
    tags: () => [],
    expiresAt: () => undefined,
  });
  const kept = collection.get("keys");
  if (kept !== undefined) return kept;
  const keys = newKeys();
  collection.put("keys", keys);
  return keys;
}
