import { z } from "zod";
import { READ_FIELDS, type ReadField } from "./fields.ts";

export const nexusSettingsSchema = z
  .strictObject({
    invisible: z.enum(["403", "404"]).default("403"),
    tenantUnknown: z.union([z.literal(404), z.literal(403), z.literal(400)]).default(404),
    errorContentType: z.enum(["application/problem+json", "application/json"]).default("application/problem+json"),
    singleGet: z.union([z.literal(404), z.literal(405)]).default(404),
    createStatus: z.union([z.literal(200), z.literal(201)]).default(201),
    createBody: z.enum(["full", "id-only", "without-id", "empty"]).default("full"),
    createLocation: z.boolean().default(false),
    ownersPacking: z.enum(["comma", "semicolon", "space", "json", "single"]).default("comma"),
    duplicateNames: z.boolean().default(true),
    secret: z.enum(["populated", "masked", "null"]).default("null"),
    secretMask: z.string().default("********"),
    nullFields: z.array(z.enum(READ_FIELDS)).default([]),
    ignoresQuery: z.boolean().default(false),
    ignoresSkip: z.boolean().default(false),
    search: z.enum(["contains", "misses"]).default("contains"),
    count: z.enum(["all", "page", "zero", "null", "absent"]).default("all"),
    maxTop: z.int().min(1).default(100),
    topTooLarge: z.enum(["clamp", "refuse"]).default("clamp"),
    patchStatus: z.union([z.literal(200), z.literal(204)]).default(200),
    patchNull: z.enum(["ignore", "clear"]).default("ignore"),
    patchArrays: z.enum(["replace", "merge"]).default("replace"),
  })
  .prefault({});

/** How the Nexus API behaves where its contract says nothing. Every field can be changed while the sandbox runs. */
export interface NexusSettings {
  /** What a change or deletion of an existing client outside the caller's ownership is answered with. Default `"403"`. */
  invisible: "403" | "404";
  /** HTTP status for an unknown tenant. Default 404. */
  tenantUnknown: 404 | 403 | 400;
  /** Content type of errors. Default `"application/problem+json"`. */
  errorContentType: "application/problem+json" | "application/json";
  /**
   * What GET of a single client says, which the contract does not have: no such route, or no such method there.
   * Default 404, also for clients that exist: a caller that takes it for a proof of absence is wrong.
   */
  singleGet: 404 | 405;
  /** HTTP status of a creation. Default 201. */
  createStatus: 200 | 201;
  /**
   * What a creation answers: the client with its secret (default), its id alone, all but its id, or nothing.
   */
  createBody: "full" | "id-only" | "without-id" | "empty";
  /** Whether a creation answers with a `Location` header. Default `false`. */
  createLocation: boolean;
  /**
   * How several owners are packed in `client_metadata.owners`: separated by commas (default), semicolons or spaces, as a
   * JSON array, or not at all (the whole text is one owner).
   */
  ownersPacking: "comma" | "semicolon" | "space" | "json" | "single";
  /** Whether two clients of a tenant may have one name. Default `true`; otherwise the second one is refused with 409. */
  duplicateNames: boolean;
  /**
   * What the list, and the answer to a patch, have as `secret`: `null` (default), `secretMask`, or the secret itself. The
   * sandbox keeps a secret in plain text only for clients that are created while this says `"populated"`; those of
   * other clients stay `null`.
   */
  secret: "populated" | "masked" | "null";
  /** What stands for a secret that exists and is not shown. Default eight asterisks. */
  secretMask: string;
  /** Fields that are `null` in the list, and in the answer to a patch, whatever the client has. Default none. */
  nullFields: readonly ReadField[];
  /** Whether the list ignores `select`, `search` and `orderby`. Default `false`. */
  ignoresQuery: boolean;
  /** Whether the list ignores `skip`, and so gives the first page again and again. Default `false`. */
  ignoresSkip: boolean;
  /** What `search` finds: clients with the text in their id or in one of their names (default), or never any. */
  search: "contains" | "misses";
  /**
   * What the list has as `@odata.count`: how many clients there are on all pages (default), how many on this page, 0,
   * `null`, or no such field at all.
   */
  count: "all" | "page" | "zero" | "null" | "absent";
  /** Largest page size of the list. Default 100. */
  maxTop: number;
  /** What a `top` beyond `maxTop` does: give a smaller page (default), or be refused with 400. */
  topTooLarge: "clamp" | "refuse";
  /** HTTP status of a patch: 200 with the client (default), or 204 without a body. */
  patchStatus: 200 | 204;
  /** What `null` in a patch does: the same as leaving the field out (default), or clear it. */
  patchNull: "ignore" | "clear";
  /** What an array in a patch does: take the place of the old one (default), or add to it. */
  patchArrays: "replace" | "merge";
}
