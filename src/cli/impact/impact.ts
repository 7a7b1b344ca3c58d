import { describeError } from "../../core/errors.ts";
import { usageOf } from "../../core/guard.ts";
import { identifier, joined, type Message, say } from "../../core/text.ts";
import { type Inspection, inspect } from "../../lifecycle/inspection.ts";
import type { Operation } from "../../lifecycle/lifecycle.ts";
import { partsIn } from "../../lifecycle/place.ts";
import { text } from "../../lifecycle/properties.ts";
import { plan, wishIn } from "../../lifecycle/purge.ts";
import { inTurn } from "../in-turn.ts";
import { stackOf } from "../output/words.ts";
import type { Session } from "../session.ts";
import type { Hit, How } from "./hits.ts";

/** What one deletion would hit. */
export interface Impact {
  urn: string;
  stack: string | null;
  project: string | null;
  vendor: string;
  how: How;
  id: string | null;
  clientId: string | null;
  name: string | null;
  /** For example `t-1`, or `t-1 / realm`. */
  tenant: string | null;
  is: Inspection["is"];
  status: string | null;
  lastUsedAt: string | null;
  /** Null where nobody says. */
  everUsed: boolean | null;
  activeTokens: number | null;
  requestsPerDay: number | null;
  /** Why the deletion would fail: a guard, the connection's own client, a protected resource; null where it would be tried. */
  refused: Message | null;
  /** Why less is known than should be; null where nothing is missing. */
  problem: Message | null;
  /** Whether that is because the look failed. */
  isLookFailed: boolean;
}

/** Nothing was looked at. */
const UNSEEN: Inspection = {
  is: "unknown",
  name: null,
  clientId: null,
  status: null,
  use: null,
  refused: null,
  problem: null,
};

/** Looks at what deletions would hit: one request for each client, and changes nothing. */
export async function impactsOf(session: Session, hits: readonly Hit[]): Promise<Impact[]> {
  let done = 0;
  const looked = await inTurn(hits, async (hit) => {
    const impacts = await lookedAt(session, hit);
    done += 1;
    void session.console.progress(session.redactor.show(say`looked at ${done} of ${hits.length} deletions`));
    return impacts;
  });
  session.console.end();
  return looked.flat();
}

/** The same without a look: what Pulumi's words tell. */
export function unseenImpacts(hits: readonly Hit[]): Impact[] {
  return hits.map((hit) => impactOf(hit, UNSEEN));
}

async function lookedAt(session: Session, hit: Hit): Promise<Impact[]> {
  const { kind, id } = hit;
  if (hit.isUnsure)
    return [impactOf(hit, { ...UNSEEN, problem: say`whether it is deleted, is not known before the command runs` })];
  if (id === null && hit.how === "purge" && !hit.isHidden) return selected(session, hit);
  if (id === null) {
    const why =
      hit.how === "settled claim"
        ? say`a creation whose answer was lost: the client is looked up by its name when the command runs`
        : say`which client it is, is not known before the command runs`;
    return [impactOf(hit, { ...UNSEEN, problem: why })];
  }
  return session
    .run(kind.vendor, "look", async (operation) => [impactOf(hit, await inspected(session, hit, id, operation))])
    .catch((error: unknown) => [unknownImpact(hit, error)]);
}

function unknownImpact(hit: Hit, error: unknown): Impact {
  return { ...impactOf(hit, { ...UNSEEN, problem: describeError(error) }), isLookFailed: true };
}

function inspected(session: Session, { kind, properties }: Hit, id: string, operation: Operation): Promise<Inspection> {
  return inspect(session.driverOf(kind.vendor), id, properties, operation);
}

/** What a purge would select now. */
async function selected(session: Session, hit: Hit): Promise<Impact[]> {
  const { kind, properties } = hit;
  const driver = session.driverOf(kind.vendor);
  const wish = wishIn(properties);
  if (Object.values(wish.selection).every((one) => one === undefined)) {
    return [impactOf(hit, { ...UNSEEN, problem: say`what it selects is not known before the command runs` })];
  }
  return session
    .run(kind.vendor, "selection", async (operation) => {
      // Parts of their own: the whole has no time limit.
      const { planned } = await operation.part((part) => plan({ driver, inputs: properties, operation: part, wish }));
      return inTurn(planned, async ({ id, name }) => {
        const inspection = await operation.part((part) => inspected(session, hit, id, part));
        return impactOf({ ...hit, id }, { ...inspection, name: inspection.name ?? name });
      });
    })
    .catch((error: unknown) => [unknownImpact(hit, error)]);
}

function impactOf(hit: Hit, seen: Inspection): Impact {
  const { kind, urn, how, id, properties, isProtected } = hit;
  const { lastUsedAt, everUsed } = usageOf(seen.use);
  const refused = [isProtected ? say`Pulumi refuses it: the resource is protected.` : say``, seen.refused ?? say``];
  const against = joined(refused);
  return {
    urn,
    ...stackOf(urn),
    vendor: kind.vendor.name,
    how,
    id,
    clientId: seen.clientId ?? text(properties.clientId),
    name: seen.name ?? text(properties.name),
    tenant: Object.values(partsIn(properties, kind.vendor.place)).join(" / ") || null,
    is: seen.is,
    status: seen.status,
    lastUsedAt,
    everUsed,
    activeTokens: seen.use?.activeTokens ?? null,
    requestsPerDay: seen.use?.requestsPerDay ?? null,
    refused: against.isEmpty ? null : against,
    problem: seen.problem,
    isLookFailed: seen.problem !== null && id !== null && hit.isUnsure !== true,
  };
}

/** How a client is named where nothing tells two of one name apart. */
export function titleOf({ name, id, urn }: Impact): Message {
  return identifier(name ?? id ?? urn.split("::").at(-1) ?? "");
}
