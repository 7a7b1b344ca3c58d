import type { Http } from "../http/client.ts";

/** Where and as whom: a resolved connection of one vendor. */
export interface Connection {
  name: string;
  /** Where clients live that say nothing of it, by the keys of the vendor's place. */
  place: Readonly<Record<string, string>>;
  http: Http;
  /** How to set one of its settings, for messages: `REZOLVE_TENANT_ID in the environment or rezolve:tenantId in the stack config`. */
  settingNames(key: string): string;
  /** Milliseconds after which a whole operation is given up, however it waits. */
  operationLimitMs: number;
  /**
   * Milliseconds after which a request that nobody waits for any more is taken to be carried out or not, and to be seen
   * in lists: before, a client's absence from a list says nothing about a create whose answer was lost.
   */
  settlesMs: number;
  /** Whether a create must see first that no client of the place has the name: the vendor itself would take it. */
  uniqueNames: boolean;
}
