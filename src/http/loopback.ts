import type { LookupFunction } from "node:net";

/** `localhost`, 127.0.0.0/8 and ::1: this computer. Of other names, below `.localhost` too, the resolver decides. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Where `localhost` is, whatever a resolver or a hosts file says (RFC 6761, 6.3). */
const LOCALHOST = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** Resolves `localhost`. */
export const lookupLocalhost: LookupFunction = (_hostname, { all }, found) => {
  if (all) found(null, LOCALHOST);
  else found(null, "127.0.0.1", 4);
};
