import type { RezolveProblem } from "./problems.ts";

/** A success as an operation returns it; the timestamp comes with the envelope. */
export interface Success {
  /** Default 200. With 204 there is no envelope. */
  readonly status?: 200 | 204;
  readonly message: string;
  readonly data: unknown;
}

export function successEnvelope({ message, data }: Success) {
  return { success: true, message, data, timestamp: new Date().toISOString() };
}

export function errorEnvelope({ code, details, message }: RezolveProblem) {
  return {
    success: false,
    error: { code, message, ...(details === undefined ? {} : { details }) },
    timestamp: new Date().toISOString(),
  };
}
