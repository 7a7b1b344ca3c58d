/**
 * What went wrong, for a program to branch on.
 *
 * - `port-in-use`: another process listens on the asked port.
 * - `options-invalid`: an option or a setting does not make sense; the message names it.
 * - `file-unusable`: the database file cannot be opened, is in use by another sandbox, or is of another format.
 * - `client-missing`: a control was asked about a client that the sandbox does not know.
 * - `oauth-refused`: the OAuth server refused a token, a sign-in or an introspection; see `oauthError` and `status`.
 */
export type SandboxErrorCode = "port-in-use" | "options-invalid" | "file-unusable" | "client-missing" | "oauth-refused";

/** Every error that the sandbox throws itself. `code` is stable, the message is for people. */
export class SandboxError extends Error {
  /** Always `SandboxError`. */
  override readonly name = "SandboxError";
  /** What went wrong. */
  readonly code: SandboxErrorCode;
  /** HTTP status of the OAuth server's answer, for `oauth-refused`. */
  readonly status: number | undefined;
  /** The OAuth `error` value (RFC 6749 section 5.2), for `oauth-refused`, e.g. `invalid_client`. */
  readonly oauthError: string | undefined;

  /** @internal */
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
