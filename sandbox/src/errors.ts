/**
 * What went wrong, for a program to branch on.
 *
 * - `PORT_IN_USE`: another process listens on the asked port.
 * - `INVALID_OPTIONS`: an option or a setting does not make sense; the message names it.
 * - `FILE_UNUSABLE`: the database file cannot be opened, is in use by another sandbox, or is of another format.
 * - `NO_SUCH_CLIENT`: a control was asked about a client that the sandbox does not know.
 * - `OAUTH_REFUSED`: the OAuth server refused a token, a sign-in or an introspection; see `oauthError` and `status`.
 */
export type SandboxErrorCode = "PORT_IN_USE" | "INVALID_OPTIONS" | "FILE_UNUSABLE" | "NO_SUCH_CLIENT" | "OAUTH_REFUSED";

/** Every error that the sandbox throws itself. `code` is stable, the message is for people. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
  readonly code: SandboxErrorCode;
  /** HTTP status of the OAuth server's answer, for `OAUTH_REFUSED`. */
  readonly status: number | undefined;
  /** The OAuth `error` value (RFC 6749 section 5.2), for `OAUTH_REFUSED`, e.g. `invalid_client`. */
  readonly oauthError: string | undefined;

  constructor(
    code: SandboxErrorCode,
    message: string,
    details: { cause?: unknown; status?: number; oauthError?: string } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.oauthError = details.oauthError;
  }
}
