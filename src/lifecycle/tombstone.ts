import { type Message, say } from "../core/text.ts";
import { isUnknown } from "../core/unknown.ts";
import type { Difference } from "./lifecycle.ts";
import type { Properties } from "./properties.ts";
import { isTombstone, type RecordedCommon } from "./recorded.ts";
import { nameOf, type VendorWords } from "./words.ts";

type Recorded = Pick<RecordedCommon, "name" | "status">;

/**
 * The difference where `status: "deleted"` is wanted: a deletion that Pulumi shows as an update, or nothing at all for
 * what is a tombstone already. Null where something else is wanted.
 */
export function terminalDifference(recorded: Recorded, news: Properties, vendor: VendorWords): Difference | null {
  if (news.status !== "deleted") return null;
  if (isTombstone(recorded)) return { changes: false, replaces: [], changed: [], warnings: [] };
  return {
    changes: true,
    replaces: [],
    changed: ["status"],
    warnings: [say`This update DELETES ${nameOf(recorded.name, null)}.`],
    explanation: say`status: "deleted" deletes a client at ${vendor.title}: its tokens are revoked, and it cannot be undone. The resource stays as a tombstone with the evidence.`,
  };
}

/** A status that is not known before the update runs may turn out to be a deletion. */
export function unknownStatusWarnings(recorded: Recorded, news: Properties): Message[] {
  if (!isUnknown(news.status) || isTombstone(recorded)) return [];
  return [
    say`The status of ${nameOf(recorded.name, null)} is not known yet; if it becomes "deleted", this update deletes the client.`,
  ];
}

/** Whether a resource is a tombstone and stays one: nothing will be called for it any more. */
export function staysDeleted(olds: Properties, news: Properties): boolean {
  return olds.status === "deleted" && news.status === "deleted";
}
