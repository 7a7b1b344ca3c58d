import type { Vendor } from "../store/client.ts";

/** To which API a request belongs: a vendor's, the OAuth server's, or none. */
export type Api = Vendor | "oauth" | "none";

/** Which requests are meant. Every field that is given must fit; an empty filter fits every request. */
export interface RequestFilter {
  /** HTTP method, in any case. */
  readonly method?: string | undefined;
  /**
   * A string that starts with `/` must equal the path (the query aside); any other string must occur in the path and
   * query; an expression is tested against path and query.
   */
  readonly path?: string | RegExp | undefined;
  /** To which API it went. */
  readonly vendor?: Api | undefined;
}

export interface RequestFacts {
  /** In capitals. */
  readonly method: string;
  /** With the query, from the first slash on. */
  readonly path: string;
  /** To which API it went. */
  readonly vendor: Api;
}

export function matches(filter: RequestFilter, request: RequestFacts): boolean {
  if (filter.method !== undefined && filter.method.toUpperCase() !== request.method) return false;
  if (filter.vendor !== undefined && filter.vendor !== request.vendor) return false;
  return filter.path === undefined || pathMatches(filter.path, request.path);
}

function pathMatches(wanted: string | RegExp, path: string): boolean {
  // `search` does not remember a position, unlike `test` on a global expression.
  if (wanted instanceof RegExp) return path.search(wanted) >= 0;
  return wanted.startsWith("/") ? wanted === path.split("?", 1)[0] : path.includes(wanted);
}
