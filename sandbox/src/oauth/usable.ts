import type { MetadataSource } from "../http/vendor-api.ts";

const KNOWN_GRANTS = new Set(["authorization_code", "client_credentials", "refresh_token", "password", "implicit"]);

const LOOPBACK_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The schemes that the OAuth server refuses as redirect URIs of native clients. */
const FORBIDDEN_SCHEMES = new Set(["javascript:", "vbscript:", "data:", "blob:", "file:", "about:"]);

function isWeb({ protocol }: URL): boolean {
  return protocol === "http:" || protocol === "https:";
}

/** The OAuth server lets a client with a custom scheme have loopback addresses by HTTP only, and others by HTTPS only. */
function suitsNative({ hostname, protocol }: URL): boolean {
  return !(protocol === "http:" || protocol === "https:") || (protocol === "http:") === LOOPBACK_HOSTS.has(hostname);
}

function suitsImplicit({ hostname, protocol }: URL): boolean {
  return protocol === "https:" && hostname !== "localhost";
}

/**
 * The part of a client that the OAuth server can work with. Nexus takes any text as a callback and as a grant, and one
 * that the OAuth server does not know must not keep the client from using the others.
 */
export function usablePart<T extends MetadataSource>(client: T): T {
  const parsed = client.redirectUris.flatMap((uri) => {
    const url = URL.parse(uri);
    return url === null || url.href.includes("#") || FORBIDDEN_SCHEMES.has(url.protocol) ? [] : [{ uri, url }];
  });
  const isNative = parsed.some(({ url }) => !isWeb(url));
  const redirects = isNative ? parsed.filter(({ url }) => suitsNative(url)) : parsed;
  const implicit = isNative || redirects.every(({ url }) => suitsImplicit(url));
  return {
    ...client,
    redirectUris: redirects.map(({ uri }) => uri),
    grantTypes: client.grantTypes.filter((grant) => KNOWN_GRANTS.has(grant) && (implicit || grant !== "implicit")),
  };
}
