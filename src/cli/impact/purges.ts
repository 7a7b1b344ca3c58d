import { describeError } from "../../core/errors.ts";
import { joined, type Message, say } from "../../core/text.ts";
import { openIn } from "../../lifecycle/client-purge.ts";
import { type Properties, text } from "../../lifecycle/properties.ts";
import { type Planned, planNamed, refusalOf, wishIn } from "../../lifecycle/purge.ts";
import { isHidden, shownIn } from "../stack/hidden.ts";
import type { Kind } from "../stack/state.ts";
import { type Hit, unsureOf } from "./hit.ts";

const WHICH = say`which clients it means, is not known before the command runs`;

/** What a purge would delete when it is made: what it names, or one that stands for what it selects. */
export function madePurge(kind: Kind, urn: string, inputs: Properties): Hit[] {
  const { targetIds } = inputs;
  if (inputs.dryRun === true) return [];
  const isNamed = Array.isArray(targetIds);
  const unsure = unsureOf(kind, inputs, ["select", "exclude", "limit", "dryRun"]);
  if (!isNamed) {
    const hit = hitOf(kind, urn, shownIn(inputs), unsure);
    const isOpen =
      isHidden(targetIds) || Object.values(wishIn(hit.properties).selection).every((one) => one === undefined);
    return [isOpen ? { ...hit, unsure: unsure ?? WHICH } : hit];
  }
  const known = targetIds.flatMap((id: unknown) => (isHidden(id) ? [] : (text(id) ?? [])));
  const properties = { ...shownIn(inputs), targetIds: known };
  const wish = wishIn(properties);
  const hits = hitsOf(planNamed(known, wish.exclusion).planned, hitOf(kind, urn, properties, unsure));
  return known.length < targetIds.length
    ? [...hits, hitOf(kind, urn, properties, joined([unsure ?? say``, WHICH], "; "))]
    : hits;
}

/** What is left of a purge, with which its update goes on. */
export function continuedPurge(kind: Kind, urn: string, olds: Properties, inputs: Properties): Hit[] {
  const properties = { ...shownIn(inputs), baseUrl: text(olds.__baseUrl) };
  const unsure = unsureOf(kind, { ...inputs, baseUrl: olds.__baseUrl }, ["targetIds", "select", "exclude", "limit"]);
  const hit = hitOf(kind, urn, properties, unsure);
  if (isHidden(olds.__open)) return [{ ...hit, unsure: unsure ?? WHICH }];
  return hitsOf(openIn(olds), hit);
}

function hitOf(kind: Kind, urn: string, properties: Properties, unsure: Message | null): Hit {
  return { kind, urn, how: "purge", id: null, properties, refused: null, unsure };
}

/** Where it names more than its limit, it is refused as a whole. */
function hitsOf(planned: readonly Planned[], hit: Hit): Hit[] {
  const refusal = hit.unsure === null ? refusalOf(planned.length, wishIn(hit.properties).limit) : null;
  return planned.map(({ id }) => ({ ...hit, id, refused: refusal === null ? null : describeError(refusal) }));
}
