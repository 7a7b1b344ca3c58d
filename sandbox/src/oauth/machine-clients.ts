import type { AdminRights } from "./rights.ts";

/** Credentials of the one client that may ask about every token. */
export interface IntrospectionClient {
  /** The OAuth `client_id`. */
  readonly clientId: string;
  /** Its secret. */
  readonly clientSecret: string;
}

/** A machine that gets admin tokens at the token endpoint. */
export interface AdminClient extends AdminRights {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokenLifetimeSeconds: number;
}
