import { createRequire } from "node:module";
import type { buildConnector, Dispatcher, errors, Pool, ProxyAgent } from "undici";

/** What every connection uses of undici. */
export interface Undici {
  buildConnector: typeof buildConnector;
  errors: typeof errors;
  Pool: typeof Pool;
  /** Sends a request over a dispatcher. */
  request(this: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
}

/** Loads one of undici's modules. */
type Load = (path: string) => unknown;

const ofUndici: Load = createRequire(import.meta.url);

/**
 * The parts of undici that are used, from their own modules: undici's entry also loads fetch, caches, mocks and web
 * sockets, three times as much, and every destroy would wait for it before its first request. They are no public
 * entries of undici, so package.json takes only its patches; where a version keeps them elsewhere, its entry serves as
 * well, only later.
 *
 * @param load for tests; by default Node's `require`
 */
export function loadUndici(load: Load = ofUndici): Undici {
  return parts(load) ?? entry(load);
}

/** Undici's `ProxyAgent`, by undici's entry: it works only with the methods that the entry gives to dispatchers. */
export function loadProxyAgent(): typeof ProxyAgent {
  return Object(ofUndici("undici")).ProxyAgent;
}

function parts(load: Load): Undici | null {
  try {
    const found = {
      buildConnector: load("undici/lib/core/connect.js"),
      errors: load("undici/lib/core/errors.js"),
      Pool: load("undici/lib/dispatcher/pool.js"),
      request: load("undici/lib/api/api-request.js"),
    };
    return isUndici(found) ? found : null;
  } catch {
    // Not where they were: the entry says what is wrong, if anything is.
    return null;
  }
}

function entry(load: Load): Undici {
  const undici: Record<string, unknown> = Object(load("undici"));
  const { Pool } = undici;
  const found = { ...undici, request: typeof Pool === "function" ? Pool.prototype.request : undefined };
  if (isUndici(found)) return found;
  throw new Error("pulumi-oauth-clients cannot work with the installed undici: install one of version 8");
}

function isUndici(found: Readonly<Record<string, unknown>>): found is Readonly<Record<string, unknown>> & Undici {
  const { errors } = found;
  return (
    ["buildConnector", "Pool", "request"].every((name) => typeof found[name] === "function") &&
    typeof errors === "object" &&
    errors !== null &&
    "SocketError" in errors
  );
}
