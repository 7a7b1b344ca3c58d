import { readFile, stat } from "node:fs/promises";
import type { TransportFailure } from "../core/answer.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";

/** Headers that authenticate a request, by name. */
export type AuthHeaders = Readonly<Record<string, string>>;

/** Where a credential came from and how to put it on a request. */
export interface Credential {
  /** For messages, for example `the token from the environment variable REZOLVE_TOKEN`. Never the value. */
  readonly source: string;
  /** Whether {@link refresh} can ever give something new. */
  readonly canRefresh: boolean;
  /** Finds what is wrong without the network, as far as that can be found. */
  check(): Promise<void>;
  /**
   * The headers that authenticate a request.
   *
   * @throws {CredentialUnavailable} when there is none right now
   * @throws {OAuthClientsError} `configuration-invalid`, `credentials-rejected`: when there will be none
   */
  headers(): Promise<AuthHeaders>;
  /**
   * After a 401: gets a new credential; false when the source has nothing else than what was refused. Other requests
   * may have got the new one in the meantime.
   *
   * @param refused what {@link headers} gave to the request that was refused
   */
  refresh(refused: AuthHeaders): Promise<boolean>;
}

/** The source of a credential cannot be reached right now. To a request it is a connection that failed. */
export class CredentialUnavailable extends OAuthClientsError {
  readonly failure: TransportFailure;

  constructor(failure: TransportFailure) {
    super("vendor-unavailable", `${failure.message}.`, "Check that it is right and reachable, then run it again.");
    this.failure = { ...failure, ofCredential: true };
  }
}

/** For requests that carry what authenticates them in themselves. */
export const NO_CREDENTIAL: Credential = constant("no credential", {});

/** A token that was handed over as a value. */
export function fixedToken(token: string, source: string): Credential {
  return constant(source, { authorization: `Bearer ${token}` });
}

/**
 * A secret in a header of its own, such as an application's token beside a person's.
 *
 * @throws {OAuthClientsError} `configuration-invalid` for what a header cannot carry
 */
export function fixedHeader(name: string, value: string, source: string): Credential {
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)) {
    throw new OAuthClientsError(
      "configuration-invalid",
      `What stands in ${source} cannot be sent in a header.`,
      "It must be one line of printable ASCII characters.",
    );
  }
  return constant(source, { [name.toLowerCase()]: value });
}

/**
 * A user name and a password (RFC 7617), in UTF-8.
 *
 * @param seen called with what goes into the header, to keep it out of messages
 * @throws {OAuthClientsError} `configuration-invalid` for a user name that Basic cannot carry
 */
export function basic(
  username: string,
  password: string,
  source: string,
  seen: (secret: string) => void = () => {},
): Credential {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[:\u0000-\u001f\u007f]/.test(username) || /[\u0000-\u001f\u007f]/.test(password)) {
    throw new OAuthClientsError(
      "configuration-invalid",
      `What stands in ${source} cannot be sent as HTTP Basic.`,
      "A user name must not contain a colon, and neither it nor the password line breaks or control characters.",
    );
  }
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  seen(encoded);
  return constant(source, { authorization: `Basic ${encoded}` });
}

/** Several credentials on each request. */
export function together(parts: readonly Credential[]): Credential {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  return {
    source: parts.map(({ source }) => source).join(" and "),
    canRefresh: parts.some(({ canRefresh }) => canRefresh),
    check: async () => {
      for (const part of parts) await part.check();
    },
    headers: async () => Object.assign({}, ...(await Promise.all(parts.map((part) => part.headers())))),
    refresh: async (refused) => {
      const refreshed = await Promise.all(parts.map((part) => part.refresh(refused)));
      return refreshed.includes(true);
    },
  };
}

/**
 * A token kept in a file, as workload identities provide it: read at the first use, when the file changes, and after
 * a 401.
 *
 * @param seen called with every token that was read, to keep it out of messages
 */
export function tokenFile(path: string, source: string, seen: (token: string) => void): Credential {
  let token: string | null = null;
  let version = "";
  const load = async (): Promise<string> => {
    // Kubernetes replaces the file behind a symbolic link, perhaps by one of the same time.
    const { mtimeMs, ino } = await stat(path).catch(unreadable(path, source));
    const found = `${mtimeMs} ${ino}`;
    if (token !== null && found === version) return token;
    const text = (await readFile(path, "utf8").catch(unreadable(path, source))).trim();
    assertToken(text, `the file ${path} (${source})`);
    seen(text);
    version = found;
    token = text;
    return text;
  };
  return {
    source: `the token in the file ${path} (${source})`,
    canRefresh: true,
    check: async () => {
      await load();
    },
    headers: async () => ({ authorization: `Bearer ${await load()}` }),
    refresh: async (refused) => {
      version = "";
      return `Bearer ${await load()}` !== refused.authorization;
    },
  };
}

function constant(source: string, headers: AuthHeaders): Credential {
  return { source, canRefresh: false, check: async () => {}, headers: async () => headers, refresh: async () => false };
}

function unreadable(path: string, source: string): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error && "code" in error ? String(error.code) : describeError(error);
    throw new OAuthClientsError(
      "configuration-invalid",
      `The token file ${path} (${source}) cannot be read: ${why}.`,
      "Check the path and its permissions.",
    );
  };
}

/**
 * Refuses what cannot be a bearer token (RFC 6750, 2.1): nothing at all, or something with spaces or line breaks in
 * it, typically a whole JSON document or a header line.
 */
export function assertToken(token: string, where: string): void {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    throw new OAuthClientsError(
      "configuration-invalid",
      token === "" ? `There is no token in ${where}: it is empty.` : `What stands in ${where} is not a bearer token.`,
      "It must be the bare token, without the word Bearer, quotes or line breaks.",
    );
  }
}
