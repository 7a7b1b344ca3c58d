import type { IncomingHttpHeaders } from "node:http";

const SECRET_FIELD = /secret|password|token|assertion|api_?key/i;
const SECRET_HEADER = /authorization|cookie|token|secret|api-?key/i;
const SECRET_PARAMETER = /secret|passw|pwd|token|assertion|api.?key|^key$|^code|sig|credential|^auth|jwt|session/i;
/** A JWT, or a client secret of the sandbox, wherever it stands. */
const SECRET_SHAPE = /(?<![\w-])(?:eyJ[\w-]*\.[\w-]*(?:\.[\w-]*)?|sbx_[\w-]{20,})/g;
const REDACTED = "[redacted]";

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A path whose query, if there is one, has no secret left: not in a parameter whose name speaks of one, nor elsewhere. */
export function pathWithoutSecrets(path: string): string {
  const start = path.indexOf("?");
  const [before, query] = start < 0 ? [path, ""] : [path.slice(0, start), path.slice(start)];
  const safe = query.replaceAll(/([^?&=]+)=([^&]*)/g, (pair, name: string) =>
    SECRET_PARAMETER.test(decoded(name)) ? `${name}=${REDACTED}` : pair,
  );
  return `${before}${safe}`.replaceAll(SECRET_SHAPE, REDACTED);
}

/** A JSON value without its secrets: fields whose name speaks of one keep only their name. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET_FIELD.test(name) ? REDACTED : withoutSecrets(inner)]),
  );
}

/**
 * Headers in lower case; of `authorization` only the scheme stays, of other credentials nothing, nor of headers that are
 * known to be secret (`known`, in lower case).
 */
export function headersWithoutSecrets(
  headers: IncomingHttpHeaders,
  known: ReadonlySet<string>,
): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const text = Array.isArray(value) ? value.join(", ") : value;
    if (name === "authorization") safe[name] = text.includes(" ") ? (text.split(" ", 1)[0] ?? REDACTED) : REDACTED;
    else safe[name] = known.has(name) || SECRET_HEADER.test(name) ? REDACTED : text;
  }
  return safe;
}
