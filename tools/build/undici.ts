import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Rolldown } from "tsdown";

const require = createRequire(import.meta.url);
const ENTRY = fileURLToPath(new URL("undici.cjs", import.meta.url));

/** Undici's `fetch`, which bodies that are forms need, and its HTTP/2, which `src/http/transport.ts` turns off. */
const UNUSED = /[\\/]undici[\\/]lib[\\/](web[\\/]|dispatcher[\\/]client-h2\.js$)/;

/**
 * Builds undici in, as far as it is used: its entry also loads fetch, caches, mocks and web sockets, and every destroy
 * would wait eight times as long before its first request. Its own files may be named here, since package-lock.json says
 * which they are and a build without one of them fails; what is published names none.
 */
export const slimUndici: Rolldown.Plugin = {
  name: "slim-undici",
  resolveId: (id) => (id === "undici" ? ENTRY : id.startsWith("undici/") ? require.resolve(id) : null),
  load: (id) => (UNUSED.test(id) ? "module.exports = {};" : null),
};

/** Undici looks for this name to know that it is built in, and leaves out a parser that it only tries out. */
export const UNDICI_IS_BUILT_IN = { esbuildDetection: "true" };
