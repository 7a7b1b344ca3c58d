import { z } from "zod";
import { OAuthClientsError } from "../../core/errors.ts";
import { parsedJson } from "../../core/json.ts";
import { say } from "../../core/text.ts";
import { DYNAMIC_TYPE, PACKAGED_TYPE } from "../../core/type-names.ts";
import { isClaim } from "../../lifecycle/claim.ts";
import { vendors } from "../../vendors/registry.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { textOfFile } from "../input.ts";

/** What kind of resource it is: one client, or one whose creation deletes clients. */
type Role = "client" | "deletion" | "purge";

/** A kind of resource of ours. */
export interface Kind {
  vendor: Vendor;
  role: Role;
  /** For example `rezolve:OAuthClient`. */
  name: string;
}

const KINDS: ReadonlyMap<string, Kind> = new Map(
  vendors.flatMap((vendor) => {
    const kinds: Kind[] = [
      { vendor, role: "client", name: vendor.driver().kind },
      { vendor, role: "deletion", name: vendor.deletion.kind },
      { vendor, role: "purge", name: vendor.purge.kind },
    ];
    return [DYNAMIC_TYPE, PACKAGED_TYPE].flatMap((before) =>
      kinds.map((kind): [string, Kind] => [`${before}${kind.name}`, kind]),
    );
  }),
);

/** The names of all kinds. */
export const KIND_NAMES: readonly string[] = [...new Set([...KINDS.values()].map(({ name }) => name))];

const propertiesSchema = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((found) => found ?? {});

/** A resource as states and previews have it. */
const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  id: z
    .string()
    .nullish()
    .transform((id) => id ?? null),
  inputs: propertiesSchema,
  outputs: propertiesSchema,
  protect: z.boolean().nullish(),
  retainOnDelete: z.boolean().nullish(),
  deletedWith: z.string().nullish(),
  external: z.boolean().nullish(),
});
export type StackResource = z.infer<typeof resourceSchema>;

const exportSchema = z.object({
  deployment: z.object({
    resources: z
      .array(resourceSchema)
      .nullish()
      .transform((all) => all ?? []),
  }),
});

const previewSchema = z.object({
  diagnostics: z
    .array(z.object({ urn: z.string().optional(), message: z.string(), severity: z.string() }))
    .nullish()
    .transform((all) => all ?? []),
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string(),
      oldState: resourceSchema.nullish(),
      newState: resourceSchema.nullish(),
    }),
  ),
});
export type PreviewStep = z.infer<typeof previewSchema>["steps"][number];

/** What Pulumi says of a stack: what it has, or what a command would do. */
export type StackDocument =
  | { is: "export"; resources: StackResource[] }
  | { is: "preview"; steps: PreviewStep[]; errors: PreviewError[] };

/** An error that Pulumi tells beside the steps: they may not be all. */
export interface PreviewError {
  urn: string | null;
  message: string;
}

/**
 * Reads a stack export or a preview.
 *
 * @param file a path, or `-` for standard input
 * @throws {OAuthClientsError} `configuration-invalid` for what is neither
 */
export async function readStackDocument(file: string): Promise<StackDocument> {
  return documentIn(parsedJson(await textOfFile(file, say`${file}`)), file);
}

/** The same of what was read elsewhere. */
export function documentIn(data: unknown, from: string): StackDocument {
  const exported = exportSchema.safeParse(data);
  if (exported.success) return { is: "export", resources: exported.data.deployment.resources };
  const preview = previewSchema.safeParse(data);
  if (preview.success) {
    const errors = preview.data.diagnostics
      // Its last words, behind those that say why.
      .filter(
        ({ severity, message }) => severity === "error" && !/^error: (preview|update|destroy) failed\s*$/.test(message),
      )
      .map(({ urn = null, message }): PreviewError => ({ urn, message }));
    return { is: "preview", steps: preview.data.steps, errors };
  }
  throw new OAuthClientsError(
    "configuration-invalid",
    say`${from} is neither a stack export nor a preview.`,
    say`Give it what \`pulumi stack export\`, \`pulumi preview --json\` or \`pulumi destroy --preview-only --json\` prints.`,
  );
}

/** What a resource is of ours; null where it is none. */
export function kindOf({ type }: Pick<StackResource, "type">): Kind | null {
  return KINDS.get(type) ?? null;
}

/** Whether a resource has a client at the vendor that lives as far as the state knows: no tombstone, and no claim. */
export function hasClient({ id, outputs }: StackResource): boolean {
  return id !== null && outputs.status !== "deleted" && !isClaim(id);
}
