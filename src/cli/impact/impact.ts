import { describeError, type ErrorCode } from "../../core/errors.ts";
import { usageOf } from "../../core/guard.ts";
import { identifier, joined, type Message, say } from "../../core/text.ts";
import { codeOf, type Inspection, inspect } from "../../lifecycle/inspection.ts";
import type { Operation } from "../../lifecycle/lifecycle.ts";
import { partsIn } from "../../lifecycle/place.ts";
import { text } from "../../lifecycle/properties.ts";
import { type Planned, plan, proofOf, wishIn } from "../../lifecycle/purge.ts";
import { inTurn } from "../in-turn.ts";
import { stackOf } from "../output/words.ts";
import type { Session } from "../session.ts";
import type { Hit, How } from "./hit.ts";

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
  /** The code of the error, where that is because the look failed; else null. */
  problemCode: ErrorCode | null;
}

/** Nothing was looked at. */
const UNSEEN: Inspection = {
  is: "unknown",
  name: null,
  clientId: null,
  status: null,
  use: null,
  left: null,
  refused: null,
  problem: null,
  problemCode: null,
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
  return looked.flat();
}

/** The same without a look: what Pulumi's words tell. */
export function unseenImpacts(hits: readonly Hit[]): Impact[] {
  return hits.map((hit) => impactOf(hit, UNSEEN));
}

async function lookedAt(session: Session, hit: Hit): Promise<Impact[]> {
  const { id, unsure } = hit;
  if (unsure !== null) return [impactOf(hit, UNSEEN)];
  const look = id === null ? selected(session, hit) : named(session, hit, id);
  return look.catch((error: unknown) => [failedImpact(hit, error)]);
}

function named(session: Session, hit: Hit, id: string): Promise<Impact[]> {
  return session.run(hit.kind.vendor, "look", (operation) => looked(session, hit, { id, name: null }, operation));
}

/** What a purge would select now. */
function selected(session: Session, hit: Hit): Promise<Impact[]> {
  const { kind, properties: inputs } = hit;
  const purge = { driver: session.driverOf(kind.vendor), inputs, wish: wishIn(inputs) };
  return session.run(kind.vendor, "selection", async (operation) => {
    // Parts of their own: the whole has no time limit.
    const { planned, hiddenWithout } = await operation.part((part) => plan({ ...purge, operation: part }));
    const impacts = await inTurn(planned, (one) =>
      operation
        .part((part) => looked(session, hit, one, part))
        .catch((error: unknown) => [failedImpact({ ...hit, id: one.id }, error, one.name)]),
    );
    return [...impacts.flat(), ...(hiddenWithout === null ? [] : [hiddenImpact(hit, hiddenWithout)])];
  });
}

/** What stands for the clients that a purge may select beside those that are seen: others may run it than look now. */
function hiddenImpact(hit: Hit, permission: string): Impact {
  const unsure = say`it may delete more than these credentials can see: that takes ${permission}`;
  return impactOf({ ...hit, unsure }, UNSEEN);
}

/** Looks at one client, as the deletion would right before it is carried out. None where it would leave the client alone. */
async function looked(session: Session, hit: Hit, { id, name }: Client, operation: Operation): Promise<Impact[]> {
  const { kind, how, properties } = hit;
  const driver = session.driverOf(kind.vendor);
  const proof = how === "purge" ? proofOf(driver, wishIn(properties), id) : null;
  const seen = await inspect(driver, id, properties, operation, proof);
  // What is not seen may be there all the same, when the time comes.
  if (seen.left !== null && seen.is === "there") return [];
  return [impactOf({ ...hit, id }, { ...seen, name: seen.name ?? name })];
}

type Client = Pick<Planned, "id" | "name">;

function failedImpact(hit: Hit, error: unknown, name: string | null = null): Impact {
  const code = codeOf(error);
  const why = describeError(error);
  // The vendor has answered, and the purge would be refused.
  if (code === "too-many") return impactOf(hit, { ...UNSEEN, refused: why, problem: TOO_MANY });
  return impactOf(hit, { ...UNSEEN, name, problem: why, problemCode: code });
}

const TOO_MANY = say`it selects more than its limit, so none of them was looked at`;

function impactOf(hit: Hit, seen: Inspection): Impact {
  const { kind, urn, how, id, properties, unsure } = hit;
  const { lastUsedAt, everUsed } = usageOf(seen.use);
  const against = joined([hit.refused ?? say``, seen.refused ?? say``]);
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
    problem: unsure ?? seen.problem,
    problemCode: seen.problemCode,
  };
}

/** How a client is named where nothing tells two of one name apart. */
export function titleOf({ name, id, urn }: Impact): Message {
  return identifier(name ?? id ?? urn.split("::").at(-1) ?? "");
}
