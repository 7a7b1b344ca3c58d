/**
 * Holds back all requests to one host together after it asked for patience (429), so that parallel operations do not
 * each run into the limit again.
 */
export class RateGate {
  #opensAt = 0;

  /** Closes the gate for at least so many milliseconds from `now`. */
  hold(ms: number, now: number): void {
    this.#opensAt = Math.max(this.#opensAt, now + ms);
  }

  /** Milliseconds from `now` until the gate opens; 0 when it is open. */
  remainingMs(now: number): number {
    return Math.max(0, this.#opensAt - now);
  }
}

const gates = new Map<string, RateGate>();

/** The one gate of a host, shared by every connection of this process that talks to it. */
export function gateOf(origin: string): RateGate {
  const known = gates.get(origin);
  if (known !== undefined) return known;
  const gate = new RateGate();
  gates.set(origin, gate);
  return gate;
}
