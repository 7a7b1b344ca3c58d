import { z } from "zod";

export const rezolveSettingsSchema = z
  .strictObject({
    deletion: z.enum(["hard", "soft"]).default("hard"),
    retentionDays: z.number().positive().default(30),
    softDeletedGet: z.enum(["404", "deleted"]).default("404"),
    softDeletedHoldsName: z.boolean().default(false),
    statusPatch: z.enum(["accept", "refuse", "ignore"]).default("accept"),
    patchStatus: z.union([z.literal(200), z.literal(204)]).default(200),
    createSecret: z.boolean().default(true),
    pages: z
      .strictObject({
        maxLimit: z.int().min(1).default(100),
        ignoresOffset: z.boolean().default(false),
        hasMore: z.enum(["actual", "always", "never"]).default("actual"),
      })
      .prefault({}),
    tenantUnknown: z.union([z.literal(404), z.literal(403), z.literal(400)]).default(404),
    rotation: z
      .strictObject({
        field: z.enum(["clientSecret", "newClientSecret", "new-beside-null"]).default("clientSecret"),
        graceSeconds: z.number().min(0).default(0),
      })
      .prefault({}),
  })
  .prefault({});

/** How Rezolve's API behaves where its contract says nothing. Every field can be changed while the sandbox runs. */
export interface RezolveSettings {
  /** What DELETE does: remove the record, or keep it for `retentionDays`. Default `"hard"`. */
  deletion: "hard" | "soft";
  /** How many days a soft-deleted client is kept. Default 30; fractions are allowed. */
  retentionDays: number;
  /** What GET and list show of a soft-deleted client: nothing, or the client with `status: "deleted"`. Default `"404"`. */
  softDeletedGet: "404" | "deleted";
  /** Whether a soft-deleted client still blocks its name for new ones. Default `false`. */
  softDeletedHoldsName: boolean;
  /**
   * What PATCH does with a `status` field: carry it out, refuse it with 422 `VALIDATION_ERROR`, or answer 200 and
   * change nothing. Default `"accept"`.
   */
  statusPatch: "accept" | "refuse" | "ignore";
  /** HTTP status of PATCH: 200 with the client (default), or 204 without a body. */
  patchStatus: 200 | 204;
  /** Whether the answer to a creation has the secret, which exists in either case. Default `true`. */
  createSecret: boolean;
  /** Pages of the list. */
  pages: {
    /** The largest one, whatever `limit` asks for. Default 100. */
    maxLimit: number;
    /** Whether `offset` is ignored, so that the first page comes again and again. Default `false`. */
    ignoresOffset: boolean;
    /** What `hasMore` says: whether there are more (default), always that there are, or never. */
    hasMore: "actual" | "always" | "never";
  };
  /** HTTP status for an unknown tenant. Default 404. */
  tenantUnknown: 404 | 403 | 400;
  /** Secret rotation. */
  rotation: {
    /**
     * The response field that carries the new secret. Default `"clientSecret"`; `"new-beside-null"` is `newClientSecret`
     * beside a `clientSecret` of `null`.
     */
    field: "clientSecret" | "newClientSecret" | "new-beside-null";
    /** How many seconds the old secret still works. Default 0; a request's own `gracePeriodMinutes` wins. */
    graceSeconds: number;
  };
}
