/** A request's body, read as JSON. */
export type JsonBody =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "refused"; readonly why: string };

/** More than any documented body has, and few enough for whatever walks through it. */
const MAX_DEPTH = 64;

function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

/** Reads a body as it came from the server: text, or nothing. */
export function readJson(body: unknown): JsonBody {
  if (typeof body !== "string" || body.trim() === "") return { kind: "none" };
  try {
    const value: unknown = JSON.parse(body);
    if (isDeep(value)) return { kind: "refused", why: `The body is nested more than ${MAX_DEPTH} levels deep` };
    return { kind: "json", value };
  } catch {
    return { kind: "refused", why: "The body is not valid JSON" };
  }
}
