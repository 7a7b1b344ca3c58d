import { describeError, type ErrorCode, OAuthClientsError } from "../core/errors.ts";
import type { SafeText, Showing } from "../core/redaction.ts";
import { PartialFailure, type Recorded } from "../lifecycle/lifecycle.ts";
import { recordable } from "./storable.ts";

/** What an operation failed with, as people read it: without secrets, with its code behind the sentence. */
export class Failure extends Error {
  /** The client as the state is to hold it, unfinished; null where the failure leaves the state as it was. */
  readonly recorded: Recorded | null;

  constructor(message: string, recorded: Recorded | null) {
    super(message);
    this.recorded = recorded;
  }
}

/** Whatever is thrown, as people may read it. */
export function readable(thrown: unknown, redactor: Showing): Failure {
  const partial = thrown instanceof PartialFailure ? thrown : null;
  const cause = partial === null ? thrown : partial.cause;
  const said = redactor.show(describeError(cause));
  const message = cause instanceof OAuthClientsError ? withCode(said, cause.code) : said;
  return new Failure(message, partial === null ? null : recordable(partial.recorded));
}

/** A sentence with the code by which docs/troubleshooting.md has it: it is the one thing that Pulumi shows of every error. */
export function withCode(sentence: SafeText, code: ErrorCode): string {
  return `${sentence} [${code}]`;
}
