/** Which clients the options of a sweep mean, and which they spare. */
import { ConfigurationInvalid, OAuthClientsError } from "../../core/errors.ts";
import type { Exclusion, Selection } from "../../core/selection.ts";
import { identifier, say } from "../../core/text.ts";
import { DAY_MS } from "../../core/time.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import type { Site } from "../session.ts";
import { Managed } from "../stack/managed.ts";
import type { SweepOptions } from "./options.ts";

/**
 * Which clients stacks manage.
 *
 * @throws {ConfigurationInvalid} where nobody says which stacks there are: a client of a stack must never be swept
 */
export function managedBy(options: SweepOptions): Promise<Managed> {
  const { excludeManaged, stack } = options;
  if (excludeManaged === undefined && stack === undefined) {
    throw new ConfigurationInvalid([
      say`Nobody says which clients stacks manage. Give the exports of the stacks (--exclude-managed, --stack), or --no-exclude-managed where no stack can have any of these clients.`,
    ]);
  }
  return Managed.by(excludeManaged === false ? [] : (excludeManaged ?? []), options);
}

/** @throws {ConfigurationInvalid} for a selection that selects everything, or what must not be swept */
export function selectionIn({
  namePrefix,
  createdBefore,
  olderThan,
  unusedFor,
  status,
  refuse,
}: SweepOptions): Selection {
  const term = refuse.find((one) => namePrefix?.toLowerCase().includes(one.toLowerCase()));
  if (term !== undefined) {
    throw new ConfigurationInvalid([
      say`Clients with "${identifier(term)}" in their names are not swept. Say --refuse with other terms, or "" for none, if you mean it.`,
    ]);
  }
  const before = [createdBefore, olderThan === undefined ? undefined : Date.now() - olderThan * DAY_MS].filter(
    (one) => one !== undefined,
  );
  const selection: Selection = {
    ...(namePrefix === undefined || namePrefix === "" ? {} : { namePrefix }),
    ...(before.length === 0 ? {} : { createdBefore: new Date(Math.min(...before)).toISOString() }),
    ...(unusedFor === undefined ? {} : { unusedForDays: unusedFor }),
    ...(status === undefined ? {} : { status }),
  };
  if (Object.keys(selection).length > 0) return selection;
  throw new ConfigurationInvalid([
    say`Every client would be deleted. Say which ones: --name-prefix, --older-than, --unused-for, --created-before or --status.`,
  ]);
}

/**
 * @param typed the options that the selection is from; none where a plan has it
 * @throws {ConfigurationInvalid} for a criterion that the vendor says nothing of
 */
export function assertSelectable(
  { vendor, where }: Site,
  selection: Selection,
  typed: Partial<SweepOptions> = {},
): void {
  const { error } = vendor.purge.schema.safeParse({ ...where, select: selection });
  const problems = (error?.issues ?? []).map((issue) => {
    if (issue.code !== "unrecognized_keys") return say`${issue.path.join(".")} ${issue.message}.`;
    const criteria = issue.keys.flatMap((key) => typedFor(key, typed));
    return say`${vendor.title} does not say of its clients what ${criteria.join(", ")} ${criteria.length === 1 ? "asks" : "ask"} for: select them otherwise.`;
  });
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
}

/** What was typed for a criterion; its own name where nothing was. */
function typedFor(criterion: string, { createdBefore, olderThan, unusedFor, status }: Partial<SweepOptions>): string[] {
  const options: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    createdBefore: { "--created-before": createdBefore, "--older-than": olderThan },
    unusedForDays: { "--unused-for": unusedFor },
    status: { "--status": status },
  };
  const given = Object.entries(options[criterion] ?? {}).filter(([, value]) => value !== undefined);
  return given.length === 0 ? [criterion] : given.map(([option]) => option);
}

/** @throws {OAuthClientsError} `configuration-invalid` where a stack may have made a client of which nothing can be told */
export function exclusionIn(options: SweepOptions, managed: Managed, { vendor }: Pick<Site, "vendor">): Exclusion {
  return {
    ids: [...(options.exclude ?? []), ...managed.idsOf(vendor)],
    names: [...(options.excludeName ?? []), ...namesOfClaims(managed, vendor)],
    namePrefixes: options.excludeNamePrefix ?? [],
    nameParts: options.refuse,
  };
}

/** Of what a claim may have made, nothing but the name is known: without it, any client may be the stack's. */
function namesOfClaims(managed: Managed, vendor: Vendor): string[] {
  return managed.claimsOf(vendor).flatMap(({ urn, name }) => {
    // A vendor may have trimmed it.
    if (name !== null) return [...new Set([name, name.trim()])];
    throw new OAuthClientsError(
      "configuration-invalid",
      say`A stack may have made a client whose name its export does not show: the answer to the creation of ${identifier(urn)} was lost. Any client may be that one. Nothing was deleted.`,
      say`Settle it by \`pulumi up\` or \`pulumi refresh\` and export the stack again, or give an export with the name shown: \`pulumi stack export --show-secrets\`, then --exclude-managed.`,
    );
  });
}
