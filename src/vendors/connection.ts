import type { Http } from "../http/client.ts";

/** Where and as whom: a resolved connection of one vendor. */
export interface Connection {
  name: string;
  /** Default tenant; null when the settings have none. */
  tenantId: string | null;
  realmName: string | null;
  http: Http;
  /** Milliseconds after which a whole operation is given up, however it waits. */
  operationLimitMs: number;
}
