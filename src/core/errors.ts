/**
 * What can go wrong, as a closed set. `code` is stable and meant for programs, `message` says what happened and to
 * which client, `hint` says what to do next.
 */
export type ErrorCode =
  | "base-url-changed"
  | "client-alive"
  | "client-missing"
  | "configuration-invalid"
  | "create-ambiguous"
  | "credentials-rejected"
  | "engine-contract"
  | "interrupted"
  | "name-taken"
  | "node-too-old"
  | "not-the-vendor"
  | "operation-timeout"
  | "permission-missing"
  | "rate-limited"
  | "response-invalid"
  | "tenant-unknown"
  | "vendor-refused"
  | "vendor-unavailable";

/**
 * An error meant for people: one line of what happened, one of what to do next. Never contains a secret, a token or a
 * request body. Programs of users do not catch it: Pulumi's engine hands on only its text, the command prints it.
 *
 * @example
 * throw new OAuthClientsError("credentials-rejected", "The vendor rejects the token.", "Set a fresh one.");
 */
export class OAuthClientsError extends Error {
  override readonly name = "OAuthClientsError";
  readonly code: ErrorCode;
  /** What to do next, a sentence; empty when the message says it all. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint = "", options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  /** Message and hint as users see them. */
  override toString(): string {
    return describeError(this);
  }
}

/** Settings or inputs that cannot work: all their problems at once, a sentence each. */
export class ConfigurationInvalid extends OAuthClientsError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("configuration-invalid", problems.join(" "));
    this.problems = problems;
  }
}

/**
 * Anything that was thrown, as one readable sentence: walks `cause` and `errors`, which Pulumi's dynamic provider
 * drops (an AggregateError shows as an empty message, fetch as a bare "fetch failed"), and survives `throw undefined`.
 */
export function describeError(thrown: unknown): string {
  if (thrown instanceof OAuthClientsError) {
    return thrown.hint === "" ? thrown.message : `${thrown.message} ${thrown.hint}`;
  }
  const parts = [...new Set(messagesOf(thrown, 0))].filter((part) => part !== "");
  return parts.length > 0 ? parts.join(": ") : "an error without a message was thrown";
}

function messagesOf(thrown: unknown, depth: number): string[] {
  if (depth > 5) return [];
  if (thrown instanceof OAuthClientsError) return [describeError(thrown)];
  if (thrown instanceof AggregateError) {
    const inner = thrown.errors.map((error) => messagesOf(error, depth + 1).join(": ")).filter((text) => text !== "");
    return [thrown.message, inner.join("; ")];
  }
  if (thrown instanceof Error) {
    return [thrown.message || thrown.name, ...(thrown.cause === undefined ? [] : messagesOf(thrown.cause, depth + 1))];
  }
  if (typeof thrown === "string") return [thrown];
  if (thrown === undefined || thrown === null) return [`${thrown} was thrown instead of an error`];
  if (typeof thrown === "object" && "message" in thrown && typeof thrown.message === "string") return [thrown.message];
  return ["something that is not an error was thrown"];
}
