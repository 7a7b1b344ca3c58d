import { isIP } from "node:net";

/** Whether a request may have been meant for the sandbox, by its `Host`. */
export type HostVerdict =
  | { readonly kind: "own" }
  | { readonly kind: "malformed" }
  | { readonly kind: "foreign"; readonly name: string };

/** The names under which the sandbox answers, besides every address and `localhost`. */
export function ownNames(host: string, allowedHosts: readonly string[]): ReadonlySet<string> {
  return new Set(["localhost", host, ...allowedHosts].map((name) => name.toLowerCase()));
}

/**
 * Looks at a `Host` header. A web page that has its own name point at this machine (DNS rebinding) sends that name: only
 * known names are let in. An address cannot be pointed elsewhere, and a request without the header comes from no browser.
 */
export function judgeHost(header: string | undefined, names: ReadonlySet<string>): HostVerdict {
  if (header === undefined) return { kind: "own" };
  const url = /[\s/?#@\\]/.test(header) ? null : URL.parse(`http://${header}`);
  if (url === null) return { kind: "malformed" };
  const name = url.hostname.replace(/\.$/, "");
  const isOwn = names.has(name) || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
  return isOwn ? { kind: "own" } : { kind: "foreign", name };
}
