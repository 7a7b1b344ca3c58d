/** Takes an operation through a fault, and says how it ended. */
import type { State } from "../lifecycle/support.ts";
import type { Fault } from "./faults.ts";
import type { Lane } from "./lane.ts";
import { leftBy, type Operation } from "./operations.ts";

/** How a case ended. */
export interface Case {
  /**
   * `done`: once, and all is as wished. `unchanged`: failed, and nothing was changed. `said`: failed, and the message says
   * what may be left. Anything else is a defect, in words.
   */
  ending: string;
  /** How often the request was sent. */
  requests: string;
  /** What the state holds afterwards. */
  state: "as wished" | "as before" | "nothing" | "a claim" | "unfinished";
  /** The error or, where it succeeded, the warnings. */
  reads: string;
  /** How the next command ends, without the fault. */
  next: string;
}

export async function caseOf(lane: Lane, operation: Operation, fault: Fault): Promise<Case> {
  await lane.reset(fault);
  const ready = await operation.prepare(lane);
  const before = truthOf(lane);
  await lane.spoil(fault, operation.isMeant);
  let state: State | null = null;
  let failure: unknown = null;
  try {
    state = await ready.run();
  } catch (error) {
    failure = error ?? new Error("it failed without an error");
    state = await leftBy(error);
  }
  const sent = lane.relay.seen.filter((one) => operation.isMeant(...(one.split(" ", 2) as [string, string]))).length;
  const isReached = fault.does !== "nobody listens" && typeof fault.does === "function";
  const requests = isReached ? (sent > 2 ? "several" : String(sent)) : "–";
  const reads = plain(failure === null ? lane.bench.logged.join(" ") : messageOf(failure), lane);
  const ending = failure === null ? await endingOf(ready.problem(state)) : failedEnding(before, truthOf(lane), reads);
  await lane.mend(fault);
  const next = failure === null ? "" : await nextOf(ready, state, lane);
  return { ending, requests, state: heldBy(state, failure, operation), reads, next };
}

async function endingOf(problem: Promise<string | null>): Promise<string> {
  const wrong = await problem;
  return wrong === null ? "done" : `DEFECT: it succeeded, and ${wrong}`;
}

/** What of a message says that something may be left at the vendor. */
const SAYS_LEFT =
  /may (have been|be) |exists|was (created|carried out|rotated|changed)|unconfirmed|nobody knows|cannot tell|could not be deleted/i;

function failedEnding(before: string, after: string, reads: string): string {
  if (reads.trim() === "") return "DEFECT: it failed without a word";
  if (SAYS_LEFT.test(reads)) return "said";
  return before === after ? "unchanged" : "DEFECT: something was changed, and nobody says so";
}

function heldBy(state: State | null, failure: unknown, { name }: Operation): Case["state"] {
  if (state?.id.startsWith("claim:")) return "a claim";
  if (failure === null) return "as wished";
  if (state !== null) return "unfinished";
  return name === "create" || name === "adopt" || name.startsWith("…") ? "nothing" : "as before";
}

async function nextOf(
  ready: Awaited<ReturnType<Operation["prepare"]>>,
  state: State | null,
  lane: Lane,
): Promise<string> {
  try {
    const settled = await ready.again(state);
    const wrong = await ready.problem(settled ?? state);
    return wrong === null ? "settles it" : `DEFECT: it succeeds, and ${wrong}`;
  } catch (error) {
    return `fails: ${plain(messageOf(error), lane)}`;
  }
}

/** What the vendor has. */
function truthOf({ bench }: Lane): string {
  return JSON.stringify(
    bench.sandbox.clients
      .list()
      .map(({ usage: _usage, ...client }) => ({ ...client, activity: bench.sandbox.clients.activity(client.id) })),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Without what differs from run to run. */
function plain(text: string, { bench, vendor }: Lane): string {
  return (
    text
      .replaceAll(bench.sandbox.tenants[0].id, "<tenant>")
      .replace(/https?:\/\/[\w.-]+:\d+/g, "<vendor>")
      .replace(new RegExp(`${vendor}-\\d+\\.lane\\.example\\.test(:\\d+)?`, "g"), "<host>")
      .replace(/127\.0\.0\.1:\d+/g, "<host>")
      .replace(/\b(client-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<id>")
      .replace(/\b[A-Za-z0-9]{32}\b/g, "<id>")
      .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<time>")
      .replace(/\w{3}, \d{2} \w{3} \d{4} [\d:]+ GMT/g, "<time>")
      .replace(/\b\d+(\.\d+)? (ms|s|tries|min)\b/g, "<n> $2")
      // By which of them a connection ends is the system's matter.
      .replace(/\((UND_ERR_\w+|ECONNRESET|EPIPE|unknown reason)\)/g, "(<code>)")
      .replace(/\s+/g, " ")
      .trim()
  );
}
