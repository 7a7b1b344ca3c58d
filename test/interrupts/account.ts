/** What has become of a run's clients, counted from what the vendor, the state and the receipts have. Nothing here acts. */
import { onePerClient, type Receipt } from "pulumi-oauth-clients/automation";
import type { VendorName } from "../outside.ts";

/** A client at the vendor. */
export interface Client {
  id: string;
  name: string;
}

/** What is there at one moment. */
export interface Sight {
  /** The run's clients that live at the vendor. */
  living: readonly Client[];
  /** Ids that the state has. */
  state: readonly string[];
  /** Names of clients whose creation the state calls pending. */
  pending: readonly string[];
}

/** Clients that live although the state does not have them. */
export function unknownToState({ living, state }: Sight): Client[] {
  const known = new Set(state);
  return living.filter(({ id }) => !known.has(id));
}

/** Ids that the state has of clients that do not live. */
export function onlyInState({ living, state }: Sight): string[] {
  const alive = new Set(living.map(({ id }) => id));
  return state.filter((id) => !alive.has(id));
}

/** How many clients there are too many, because another one has their name. */
export function duplicates({ living }: Pick<Sight, "living">): number {
  return living.length - new Set(living.map(({ name }) => name)).size;
}

/** What receipts say of clients that were deleted. */
export interface Evidence {
  /** A receipt with the vendor's own counts. */
  counted: number;
  /** A receipt that says that nobody knows the counts. */
  unknown: number;
  /** No receipt, but a line that was printed in its place. */
  printed: number;
  /** What should not be, a sentence each. */
  problems: string[];
}

/**
 * Holds the receipts to what was deleted.
 *
 * @param gone ids of the run's clients that do not live any more
 * @param tokens how many tokens each of them had, by id; none where it is not there
 * @param printed all that was printed
 */
export function evidenceOf(
  vendor: VendorName,
  gone: readonly string[],
  receipts: readonly Receipt[],
  tokens: ReadonlyMap<string, number>,
  printed: string,
): Evidence {
  const evidence: Evidence = { counted: 0, unknown: 0, printed: 0, problems: [] };
  const all = Map.groupBy(receipts, ({ id }) => id);
  const best = new Map(onePerClient(receipts).map((receipt) => [receipt.id, receipt]));
  for (const id of gone) {
    const receipt = best.get(id);
    const deleted = (all.get(id) ?? []).filter(({ outcome }) => outcome === "deleted");
    if (deleted.length > 1) evidence.problems.push(`${id} has ${deleted.length} receipts of its deletion`);
    if (receipt === undefined) {
      if (printed.includes("THE RECEIPT COULD NOT BE WRITTEN") && notWritten(printed).includes(id))
        evidence.printed += 1;
      else evidence.problems.push(`${id} is gone without a receipt`);
      continue;
    }
    if (receipt.outcome === "unconfirmed") evidence.problems.push(`nobody ever confirmed that ${id} is gone`);
    const said = receipt.tokensRevoked;
    if (said === null) evidence.unknown += 1;
    else evidence.counted += 1;
    const had = tokens.get(id) ?? 0;
    if (said !== null && said !== had) evidence.problems.push(`${id} had ${had} tokens, and its receipt says ${said}`);
    if (said !== null && vendor === "nexus") evidence.problems.push(`nobody has counted the tokens of ${id}`);
    const isMissing = vendor === "rezolve" && receipt.outcome === "deleted" && said === null && !receipt.responseLost;
    if (isMissing) evidence.problems.push(`the counts of ${id} were said, and its receipt lacks them`);
  }
  const living = new Set(all.keys());
  for (const id of gone) living.delete(id);
  for (const id of living) {
    const lies = (all.get(id) ?? []).filter(({ outcome }) => outcome !== "unconfirmed");
    if (lies.length > 0) evidence.problems.push(`${id} lives, and a receipt says ${lies[0]?.outcome}`);
  }
  return evidence;
}

/** The lines in the place of receipts. */
function notWritten(printed: string): string {
  return printed
    .split("\n")
    .filter((line) => line.includes("THE RECEIPT COULD NOT BE WRITTEN"))
    .join("\n");
}
