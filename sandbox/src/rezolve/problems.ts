/** A failure that the contract knows, to be thrown by an operation. */
export class RezolveProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: string | Readonly<Record<string, string>> | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    details?: string | Readonly<Record<string, string>> | undefined,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Field by field what is wrong with a body: 400 for its form, 422 for its values (vendor-apis 2.1). */
export function invalidBody(status: 400 | 422, details: Readonly<Record<string, string>>): RezolveProblem {
  return new RezolveProblem(status, "VALIDATION_ERROR", "Invalid request body", details);
}

export function invalidParameter(details: string): RezolveProblem {
  return new RezolveProblem(400, "INVALID_PARAMETER", "Invalid request parameter", details);
}

export function clientNotFound(id: string): RezolveProblem {
  const details = `No OAuth client exists with ID: ${id}`;
  return new RezolveProblem(404, "OAUTH_CLIENT_NOT_FOUND", "OAuth client not found", details);
}

/** Codes and messages for a bare status, where no operation has had a say. */
const BY_STATUS: ReadonlyMap<number, readonly [code: string, message: string]> = new Map([
  [400, ["INVALID_PARAMETER", "Invalid request"]],
  [401, ["UNAUTHORIZED", "Authentication failed"]],
  [403, ["FORBIDDEN", "Insufficient permissions"]],
  [404, ["NOT_FOUND", "Resource not found"]],
  [409, ["CONFLICT", "Conflict"]],
  [421, ["MISDIRECTED_REQUEST", "Misdirected request"]],
  [422, ["VALIDATION_ERROR", "Invalid request body"]],
  [429, ["RATE_LIMIT_EXCEEDED", "Too many requests"]],
  [503, ["SERVICE_UNAVAILABLE", "Service unavailable"]],
]);

export function problemForStatus(status: number, details?: string): RezolveProblem {
  const [code, message] = BY_STATUS.get(status) ?? ["INTERNAL_ERROR", "Internal server error"];
  return new RezolveProblem(status, code, message, details);
}
