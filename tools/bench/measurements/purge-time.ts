/** How the time of a purge is judged. What starts and ends a command is no part of it: the `up` of one sleeping resource. */
import { spreadOf } from "../figures.ts";

/** A purge of so many clients, timed together with its neighbours, in milliseconds. */
export interface PurgeRound {
  /** The `up` of one resource that only sleeps. */
  one: number;
  few: number;
  many: number;
}

/** How long requests take that are always so many at a time. */
export function idealMs(clients: number, latencyMs: number, atATime: number): number {
  return (clients * latencyMs) / atATime;
}

/** How many times the ideal the small purge takes by itself, in the middle of all rounds. */
export function timesIdeal(rounds: readonly PurgeRound[], ideal: number): number {
  return spreadOf(rounds.map(({ one, few }) => (few - one) / ideal)).median;
}

/** How many times as long each client of the large purge takes as one of the small, in the middle of all rounds. */
export function perClientRatio(rounds: readonly PurgeRound[], clients: { few: number; many: number }): number {
  return spreadOf(rounds.map(({ one, few, many }) => (many - one) / clients.many / ((few - one) / clients.few))).median;
}

/** Clients of a purge of which some fail and some are gone: one in twenty each, far apart, as they are in life. */
export function faultyAmong(ids: readonly string[]): { failing: string[]; gone: string[] } {
  return {
    failing: ids.filter((_id, index) => index % 20 === 0),
    gone: ids.filter((_id, index) => index % 20 === 10),
  };
}
