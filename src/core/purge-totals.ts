/** What a purge did, in numbers. A sum is null as soon as one part of it is unknown; `unknown…` says for how many clients. */
export interface PurgeTotals {
  /** Clients that were to be deleted. */
  selected: number;
  /** Gone for good. */
  deleted: number;
  /** Gone, and the vendor keeps a record. */
  softDeleted: number;
  /** They were not there any more. */
  alreadyGone: number;
  /** Not deleted, and still to be done. */
  failed: number;
  /** Not deleted: excluded, somebody else's, or no longer what was meant. */
  skipped: number;
  /** Of a dry run: what the real one would try. */
  wouldBeDeleted: number;
  /** Tokens that stopped working, of all together; null as soon as one client has no count. */
  tokensRevoked: number | null;
  /** Users' sessions that ended, likewise. */
  activeSessionsTerminated: number | null;
  /** Clients whose number of revoked tokens nobody says. */
  unknownTokenCounts: number;
  /** Clients whose number of ended sessions nobody says. */
  unknownSessionCounts: number;
}
