import { joined, type Message, quoted, say } from "./text.ts";

/** Of an error that is not ours, so many characters are shown. */
const LONGEST_STRANGE = 1_000;

const NOTHING = say``;

/**
 * What can go wrong, as a closed set. `code` is stable and meant for programs, `message` says what happened and to
 * which client, `hint` says what to do next. docs/troubleshooting.md has a section for each.
 */
export const ERROR_CODES = [
  "base-url-changed",
  "client-alive",
  "client-differs",
  "client-missing",
  "client-shared",
  "configuration-invalid",
  "create-ambiguous",
  "credentials-rejected",
  "deletion-guarded",
  "engine-contract",
  "interrupted",
  "name-taken",
  "node-too-old",
  "not-the-vendor",
  "operation-timeout",
  "own-credentials",
  "permission-missing",
  "purge-incomplete",
  "rate-limited",
  "response-invalid",
  "sandbox-missing",
  "tenant-unknown",
  "too-many",
  "vendor-refused",
  "vendor-unavailable",
] as const;

/**
 * What went wrong, as an error in Pulumi's diagnostics and the command say it in brackets. docs/troubleshooting.md says of
 * each what it means, why it comes and what to do.
 *
 * @useDeclaredType
 */
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * An error meant for people: one line of what happened, one of what to do next. Never contains a secret, a token or a
 * request body. Programs of users do not catch it: Pulumi's engine hands on only its text, the command prints it.
 *
 * @example
 * throw new OAuthClientsError("credentials-rejected", say`The vendor rejects the token.`, say`Set a fresh one.`);
 */
export class OAuthClientsError extends Error {
  override readonly name = "OAuthClientsError";
  readonly code: ErrorCode;
  /** What happened, as `message` has it where no secret is known. */
  readonly what: Message;
  /** What to do next, a sentence; empty when `what` says it all. */
  readonly hint: Message;

  constructor(code: ErrorCode, what: Message, hint: Message = NOTHING, options?: { cause?: unknown }) {
    super(String(what), options);
    this.code = code;
    this.what = what;
    this.hint = hint;
  }

  /** Message and hint as users see them. */
  override toString(): string {
    return String(describeError(this));
  }
}

/** Settings or inputs that cannot work: all their problems at once, a sentence each. */
export class ConfigurationInvalid extends OAuthClientsError {
  readonly problems: readonly Message[];

  constructor(problems: readonly Message[]) {
    super("configuration-invalid", joined(problems));
    this.problems = problems;
  }
}

/**
 * Anything that was thrown, as one readable sentence: walks `cause` and `errors`, which Pulumi's dynamic provider
 * drops (an AggregateError shows as an empty message, fetch as a bare "fetch failed"), and survives `throw undefined`.
 */
export function describeError(thrown: unknown): Message {
  if (thrown instanceof OAuthClientsError) return joined([thrown.what, thrown.hint]);
  const parts = distinct(messagesOf(thrown, 0));
  return parts.length > 0 ? joined(parts, ": ") : say`an error without a message was thrown`;
}

function messagesOf(thrown: unknown, depth: number): Message[] {
  if (depth > 5) return [];
  if (thrown instanceof OAuthClientsError) return [describeError(thrown)];
  if (thrown instanceof AggregateError) {
    const inner = thrown.errors.map((error) => joined(messagesOf(error, depth + 1), ": "));
    return [strange(thrown.message), joined(inner, "; ")];
  }
  if (thrown instanceof Error) {
    const causes = isTelling(thrown.cause) ? messagesOf(thrown.cause, depth + 1) : [];
    return [strange(thrown.message || thrown.name), ...causes];
  }
  if (typeof thrown === "string") return [strange(thrown)];
  if (thrown === undefined || thrown === null) return [say`${String(thrown)} was thrown instead of an error`];
  if (typeof thrown === "object" && "message" in thrown && typeof thrown.message === "string") {
    return [strange(thrown.message)];
  }
  return [say`something that is not an error was thrown`];
}

/** Of a cause that has no words, such as a response, there is nothing to be said beside the error's own. */
function isTelling(cause: unknown): boolean {
  return typeof cause === "string" || typeof Object(cause).message === "string";
}

function strange(words: string): Message {
  return quoted(words, LONGEST_STRANGE);
}

/** Those that say something, each once. */
function distinct(messages: readonly Message[]): Message[] {
  return [...new Map(messages.filter(({ isEmpty }) => !isEmpty).map((message) => [String(message), message])).values()];
}
