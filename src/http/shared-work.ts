import { assertGoing, type Ending, endedBy, unlessAborted } from "./ending.ts";

/** Work under way, and for whom. */
interface Flight<Result> {
  result: Promise<Result>;
  sending: AbortController;
  answers: AbortController;
  /** Who still lets it send. */
  wanting: number;
  /** Who still waits for its result. */
  waiting: number;
}

/**
 * Work that several wait for. It does not end with the one that began it, but when the last one that waits for it has
 * to end. What it brought, or that it failed, is kept for those who come later.
 */
export class SharedWork<Result> {
  readonly #work: (ending: Ending) => Promise<Result>;
  #flight: Flight<Result> | null = null;

  /** @param work begun when the first one waits for it */
  constructor(work: (ending: Ending) => Promise<Result>) {
    this.#work = work;
  }

  /**
   * What the work brings.
   *
   * @throws {OAuthClientsError} when `ending` comes first; whatever the work throws
   */
  async join(ending: Ending): Promise<Result> {
    assertGoing(ending.sending);
    const flight = this.#flight ?? this.#start();
    flight.wanting += 1;
    flight.waiting += 1;
    const letGo = () => {
      flight.wanting -= 1;
      if (flight.wanting === 0) flight.sending.abort(endedBy(ending.sending));
    };
    ending.sending.addEventListener("abort", letGo, { once: true });
    try {
      return await unlessAborted(ending.answers, flight.result);
    } finally {
      ending.sending.removeEventListener("abort", letGo);
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.answers.abort(endedBy(ending.answers));
    }
  }

  #start(): Flight<Result> {
    const sending = new AbortController();
    const answers = new AbortController();
    const result = this.#work({ sending: sending.signal, answers: answers.signal });
    const flight = { result, sending, answers, wanting: 0, waiting: 0 };
    this.#flight = flight;
    // Whoever comes after it was given up begins it anew.
    sending.signal.addEventListener("abort", () => {
      if (this.#flight === flight) this.#flight = null;
    });
    return flight;
  }
}
