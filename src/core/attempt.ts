/**
 * An attempt to create a client whose answer is not known, and the question which of the vendor's clients it made.
 * Times are milliseconds since 1970.
 */
export interface Attempt {
  /** When the request was sent, by our clock. */
  startedMs: number;
  /** When its answer was given up, by our clock. */
  endedMs: number;
  /** By how much the vendor's clock is ahead of the one that dated the attempt, at least; null when nothing tells it. */
  aheadMs: number | null;
  /** By so much more it may be ahead: `Date` has whole seconds. */
  aheadDoubtMs: number;
  /** The vendor said that it created a client, but not which. */
  carriedOut: boolean;
  /** Ids of clients of its name that a list of the same run had before the request was sent. */
  before: readonly string[];
  /** Whether that list had every client of this name. */
  sawAllBefore: boolean;
}

/** A client that has the attempt's name. */
export interface Candidate {
  id: string;
  /** By the vendor's clock; null when it does not say. */
  createdMs: number | null;
  /** Whether it is just as the attempt asked for. */
  asAskedFor: boolean;
  /** Whether it has the very secret that the answer gave. */
  hasItsSecret: boolean;
}

/** Which client an attempt made. */
export type Made =
  | { is: "found"; id: string }
  /** None of these. They were there before. */
  | { is: "none"; older: string[] }
  /** Perhaps one of these. */
  | { is: "open"; ids: string[] };

/** So long after its end an attempt may have been carried out and still be told by its time. */
const LATEST_MS = 30_000;

/** `Date` has whole seconds and was written before it was received: the clock may be so much further ahead. */
const CLOCK_DOUBT_MS = 2_000;

/**
 * By so much a client must be older than the attempt to have been there before for certain: what writes the `Date` header,
 * a proxy of the vendor's for example, may have another clock than what dates its clients, and dates may be rounded.
 */
const SURELY_OLDER_MS = 60_000;

/** Clocks that were never compared differ by no more than this, in all likelihood. */
const UNCOMPARED_MS = 300_000;

/** How the candidates were looked for. */
export interface View {
  /** Whether the list is whole and late enough to show a client that was created for certain. */
  settled: boolean;
  /** Whether another request of ours may have made a client of the same name meanwhile. */
  contested: boolean;
}

/** Tells which client an attempt made, if that is certain. A client that was there before is never taken for it. */
export function whatWasMade(attempt: Attempt, candidates: readonly Candidate[], view: View): Made {
  const { before, sawAllBefore, carriedOut } = attempt;
  const judged = candidates.map((candidate) => ({
    candidate,
    is: before.includes(candidate.id) ? "older" : judge(attempt, candidate, view),
  }));
  const idsOf = (wanted: Judgement) => judged.filter(({ is }) => is === wanted).map(({ candidate }) => candidate.id);
  const [made, ...others] = idsOf("made");
  if (made !== undefined && others.length === 0) return { is: "found", id: made };
  if (made !== undefined) return { is: "open", ids: [made, ...others] };
  const [only, ...more] = judged.filter(({ is }) => is === "perhaps").map(({ candidate }) => candidate);
  if (only === undefined) return { is: "none", older: idsOf("older") };
  // One was made for certain, and there is only one that it can be: all others were there before.
  const isCertain = carriedOut && sawAllBefore && view.settled && !view.contested;
  const fits = more.length === 0 && only.asAskedFor && only.createdMs === null;
  return isCertain && fits ? { is: "found", id: only.id } : { is: "open", ids: idsOf("perhaps") };
}

type Judgement = "made" | "older" | "perhaps";

function judge(
  { startedMs, endedMs, aheadMs, aheadDoubtMs }: Attempt,
  candidate: Candidate,
  { contested }: View,
): Judgement {
  if (candidate.hasItsSecret) return "made";
  const { createdMs } = candidate;
  if (createdMs === null) return "perhaps";
  const earliestMs = startedMs + (aheadMs ?? 0);
  if (createdMs < earliestMs) {
    return createdMs < earliestMs - (aheadMs === null ? UNCOMPARED_MS : SURELY_OLDER_MS) ? "older" : "perhaps";
  }
  // Between clocks that were never compared, no time lies within the attempt for certain.
  if (aheadMs === null) return "perhaps";
  const latestMs = endedMs + aheadMs + CLOCK_DOUBT_MS + LATEST_MS;
  const isWithin = createdMs >= earliestMs + aheadDoubtMs && createdMs <= latestMs;
  return candidate.asAskedFor && isWithin && !contested ? "made" : "perhaps";
}

/** Whether a closer look at the vendor's clock can tell if the attempt made this client. */
export function isInDoubt({ startedMs, aheadMs, aheadDoubtMs }: Attempt, { createdMs }: Candidate): boolean {
  if (createdMs === null || aheadMs === null) return false;
  const sinceMs = createdMs - startedMs - aheadMs;
  return sinceMs >= 0 && sinceMs < aheadDoubtMs;
}
