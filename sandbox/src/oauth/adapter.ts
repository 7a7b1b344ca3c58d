import { type Adapter, type AdapterPayload, type ClientMetadata, errors } from "oidc-provider";
import type { ClientDirectory } from "../store/directory.ts";
import type { TokenLedger } from "./ledger.ts";
import { clientMetadata } from "./metadata.ts";
import { usablePart } from "./usable.ts";

/** Clients that belong to the sandbox itself (admin machine clients, the introspection client), by `client_id`. */
export type OwnClients = ReadonlyMap<string, ClientMetadata>;

/**
 * Lets the OAuth server keep its things in the ledger and find clients in the directory. It asks for a client on every
 * request, so creating, disabling and deleting one count at once.
 */
export function oauthAdapter(directory: ClientDirectory, ledger: TokenLedger, own: OwnClients) {
  const isKnown = (clientId: string) => own.has(clientId) || directory.living(clientId) !== undefined;

  /** Refuses what was under way for a client while it was deleted, so that no token outlives its client. */
  const admit = (model: string, payload: AdapterPayload): AdapterPayload => {
    if (payload.clientId !== undefined && !isKnown(payload.clientId)) {
      throw new errors.InvalidClient("client was deleted while its request was under way");
    }
    if (model !== "Session" || payload.authorizations === undefined) return payload;
    const authorizations = Object.entries(payload.authorizations).filter(([clientId]) => isKnown(clientId));
    return { ...payload, authorizations: Object.fromEntries(authorizations) };
  };

  return (model: string): Adapter => ({
    async upsert(id, payload, expiresIn) {
      ledger.put(model, id, admit(model, payload), expiresIn);
    },
    async find(id) {
      if (model !== "Client") return ledger.find(model, id);
      const ownClient = own.get(id);
      if (ownClient !== undefined) return ownClient;
      const client = directory.living(id);
      return client === undefined ? undefined : clientMetadata(usablePart(client));
    },
    async findByUid(uid) {
      return ledger.findByUid(model, uid);
    },
    async findByUserCode(userCode) {
      return ledger.findByUserCode(userCode);
    },
    async consume(id) {
      ledger.consume(model, id);
    },
    async destroy(id) {
      ledger.delete(model, id);
    },
    async revokeByGrantId(grantId) {
      ledger.deleteByGrant(model, grantId);
    },
  });
}
