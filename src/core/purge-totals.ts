/** What a purge did, in numbers. A sum is null as soon as one part of it is unknown; `unknown…` says for how many clients. */
export interface PurgeTotals {
  /** Clients that were to be deleted. */
  selected: number;
  deleted: number;
  softDeleted: number;
  alreadyGone: number;
  failed: number;
  /** Not deleted: excluded, somebody else's, or no longer what was meant. */
  skipped: number;
  /** Of a dry run: what the real one would try. */
  wouldBeDeleted: number;
  tokensRevoked: number | null;
  activeSessionsTerminated: number | null;
  unknownTokenCounts: number;
  unknownSessionCounts: number;
}
