import { ConfigurationInvalid } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import { isLoopback } from "./loopback.ts";

/** The proxy that requests to one host go through. */
export interface HttpProxy {
  /** With credentials, if it has any: never for messages. */
  url: URL;
  /** For messages: `the proxy proxy.example.test:3128 (the environment variable HTTPS_PROXY)`. */
  described: Message;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A host, or every host below a domain, that is reached without a proxy. */
interface Exception {
  /** `*` for every host. */
  host: string;
  /** Null for every port. */
  port: number | null;
  /** `*.example.test` is about the hosts below, not about `example.test` itself. */
  below: boolean;
}

/**
 * The proxy for an address, by the rules of undici's `EnvHttpProxyAgent` (a test compares the two): `https_proxy` for
 * https, else `http_proxy`, each also in capitals; `no_proxy` lists hosts, domains, `host:port` or `*`. In one thing it
 * is stricter: plain http to this computer never leaves it, since tokens would travel readable to the proxy. Decided
 * here, because messages must say through which proxy a request went, and `EnvHttpProxyAgent` does not tell.
 *
 * @throws {ConfigurationInvalid} for a variable that is no address of a proxy; never with its value, which may hold a
 * password
 */
export function proxyFor(target: URL, env: Environment): HttpProxy | null {
  if (target.protocol === "http:" && isLoopback(target.hostname)) return null;
  const found = proxyVariable(target.protocol, env);
  if (found === null || isException(target, env.no_proxy ?? env.NO_PROXY ?? "")) return null;
  const { variable, value } = found;
  const url = addressIn(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new ConfigurationInvalid([
      say`The environment variable ${variable} is not the address of a proxy: it must be like http://proxy.example.test:3128.`,
    ]);
  }
  if (decoded(url.username) === null || decoded(url.password) === null) {
    throw new ConfigurationInvalid([
      say`The environment variable ${variable} has a user name or password with a % that begins no percent-encoded character: write %25 for it.`,
    ]);
  }
  return { url, described: say`the proxy ${url.host} (the environment variable ${variable})` };
}

/** What must not be seen of the proxies that an environment names, whether they are used or not. */
export function proxySecrets(env: Environment): string[] {
  return ["https_proxy", "http_proxy"]
    .flatMap((name) => [env[name], env[name.toUpperCase()]])
    .flatMap((value) => (value === undefined ? [] : secretsIn(value)));
}

function secretsIn(value: string): string[] {
  // As it stands there, also where the address as a whole is none.
  const [, asWritten] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^:@/]*:(.+)@/i.exec(value) ?? [];
  const { username = "", password = "" } = addressIn(value) ?? {};
  const user = decoded(username);
  const word = decoded(password);
  const basic = user === null || word === null || word === "" ? "" : Buffer.from(`${user}:${word}`).toString("base64");
  return [asWritten, asWritten === undefined ? null : decoded(asWritten), password, word, basic].flatMap(
    (secret) => secret || [],
  );
}

function addressIn(value: string): URL | null {
  return URL.parse(value.includes("://") ? value : `http://${value}`);
}

/** Null where it is not percent-encoded rightly. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function proxyVariable(protocol: string, env: Environment): { variable: string; value: string } | null {
  const names = protocol === "https:" ? ["https_proxy", "http_proxy"] : ["http_proxy"];
  for (const name of names) {
    // An empty variable in lower case hides the one in capitals: so it does in undici.
    const variable = env[name] === undefined ? name.toUpperCase() : name;
    const value = env[variable];
    if (value) return { variable, value };
  }
  return null;
}

function isException(target: URL, list: string): boolean {
  const host = bare(target.hostname)
    .toLowerCase()
    .replace(/(.)\.$/, "$1");
  const port = Number(target.port) || (target.protocol === "https:" ? 443 : 80);
  return list
    .split(/[,\s]/)
    .filter((entry) => entry !== "")
    .map(parseException)
    .some((exception) => {
      if (exception.port !== null && exception.port !== port) return false;
      if (exception.host === "*") return true;
      return (!exception.below && host === exception.host) || host.endsWith(`.${exception.host}`);
    });
}

function parseException(entry: string): Exception {
  // A bare IPv6 address is full of colons; with a port it stands in brackets.
  const withPort = /^\[(.+)\]:(\d+)$/.exec(entry) ?? /^([^:]+):(\d+)$/.exec(entry);
  const host = withPort?.[1] ?? bare(entry);
  return {
    host: host
      .replace(/^\*?\./, "")
      .replace(/(.)\.$/, "$1")
      .toLowerCase(),
    port: Number(withPort?.[2] ?? 0) || null,
    below: entry.startsWith("*"),
  };
}

function bare(host: string): string {
  return host.replace(/^\[(.+)\]$/, "$1");
}
