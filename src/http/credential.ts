import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { TransportFailure } from "../core/answer.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { joined, type Message, say } from "../core/text.ts";
import { clientIdsIn } from "./jwt.ts";

/** Headers that authenticate a request, by name. */
export type AuthHeaders = Readonly<Record<string, string>>;

/** Where a credential came from and how to put it on a request. */
export interface Credential {
  /** For messages, for example `the token from the environment variable REZOLVE_TOKEN`. Never the value. */
  readonly source: Message;
  /**
   * What to do when it is refused, a sentence.
   *
   * @param words what the vendor said of it
   */
  whenRefused(words: string | null): Message;
  /** How the vendor's words name it among others, in small letters; left out where they do not. */
  readonly saidAs?: string | undefined;
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
  /** How often one request may have it replaced; once where it does not say. */
  readonly refreshesPerRequest?: number;
  /**
   * The client ids of the OAuth clients that requests with it are made as, as far as it tells without the network: whoever
   * deletes one of them cannot go on.
   */
  clientIds(): Promise<readonly string[]>;
}

/** The source of a credential cannot be reached right now. To a request it is a connection that failed. */
export class CredentialUnavailable extends OAuthClientsError {
  readonly failure: TransportFailure;

  constructor(failure: TransportFailure) {
    super(
      "vendor-unavailable",
      say`${failure.message}.`,
      say`Check that it is right and reachable, then run the command again.`,
    );
    this.failure = { ...failure, ofCredential: true };
  }
}

/** For requests that carry what authenticates them in themselves. */
export const NO_CREDENTIAL: Credential = constant(say`no credential`, {}, say``);

/** What to do about a value that is refused, where nothing more is known about it. */
const REPLACE = say`Put a valid one there, then run the command again.`;

/** A token that was handed over as a value. */
export function fixedToken(token: string, source: Message, whenRefused: Message = REPLACE): Credential {
  return constant(source, { authorization: `Bearer ${token}` }, whenRefused);
}

/**
 * A secret in a header of its own, such as an application's token beside a person's.
 *
 * @throws {OAuthClientsError} `configuration-invalid` for what a header cannot carry
 */
export function fixedHeader(name: string, value: string, source: Message, whenRefused: Message = REPLACE): Credential {
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)) {
    throw new OAuthClientsError(
      "configuration-invalid",
      say`What stands in ${source} cannot be sent in a header.`,
      say`It must be one line of printable ASCII characters.`,
    );
  }
  return constant(source, { [name.toLowerCase()]: value }, whenRefused);
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
  source: Message,
  seen: (secret: string) => void = () => {},
  whenRefused: Message = REPLACE,
): Credential {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[:\u0000-\u001f\u007f]/.test(username) || /[\u0000-\u001f\u007f]/.test(password)) {
    throw new OAuthClientsError(
      "configuration-invalid",
      say`What stands in ${source} cannot be sent as HTTP Basic.`,
      say`A user name must not contain a colon, and neither it nor the password line breaks or control characters.`,
    );
  }
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  seen(encoded);
  const credential = constant(source, { authorization: `Basic ${encoded}` }, whenRefused);
  // A machine's user name may be a client's id.
  return { ...credential, clientIds: async () => [username] };
}

/** Several credentials on each request. */
export function together(parts: readonly Credential[]): Credential {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  return {
    source: joined(
      parts.map(({ source }) => source),
      " and ",
    ),
    whenRefused: (words) => {
      const of = (some: readonly Credential[]) => joined(some.map((part) => part.whenRefused(words)));
      const told = parts.filter(({ saidAs }) => saidAs !== undefined && words?.toLowerCase().includes(saidAs));
      const others = parts.filter((part) => !told.includes(part));
      if (told.length === 0 || others.length === 0) return of(parts);
      return say`${of(told)} If that one is valid: ${of(others)}`;
    },
    canRefresh: parts.some(({ canRefresh }) => canRefresh),
    get refreshesPerRequest() {
      return Math.max(1, ...parts.map(({ refreshesPerRequest = 1 }) => refreshesPerRequest));
    },
    check: async () => {
      for (const part of parts) await part.check();
    },
    headers: async () => Object.assign({}, ...(await Promise.all(parts.map((part) => part.headers())))),
    refresh: async (refused) => {
      const refreshed = await Promise.all(parts.map((part) => part.refresh(refused)));
      return refreshed.includes(true);
    },
    clientIds: async () => (await Promise.all(parts.map((part) => part.clientIds()))).flat(),
  };
}

/** How long to wait for a token where the file has none: whoever rewrites it empties it first, or takes it away. */
const REWRITE_PAUSES_MS = [50, 100, 200];

/**
 * A token kept in a file, as workload identities provide it: read at the first use, when the file changes, and after
 * a 401. While the file is being rewritten, the last token goes on.
 *
 * @param source where the path comes from, for example `the environment variable REZOLVE_TOKEN_FILE`
 * @param seen called with every token that was read, to keep it out of messages
 */
export function tokenFile(path: string, source: Message, seen: (token: string) => void): Credential {
  let token: string | null = null;
  let version = "";
  const read = async (): Promise<string> => {
    // Kubernetes replaces the file behind a symbolic link, perhaps by one of the same time.
    const { mtimeMs, ino } = await stat(path).catch(unreadable(path, source));
    const found = `${mtimeMs} ${ino}`;
    if (token !== null && found === version) return token;
    const text = (await readFile(path, "utf8").catch(unreadable(path, source))).trim();
    assertToken(text, say`the file ${path} (${source})`);
    seen(text);
    version = found;
    token = text;
    return text;
  };
  const patiently = async (): Promise<string> => {
    for (const pauseMs of REWRITE_PAUSES_MS) {
      try {
        return await read();
      } catch {
        await sleep(pauseMs);
      }
    }
    return read();
  };
  const current = () => (token === null ? patiently() : read().catch(() => token ?? patiently()));
  return {
    source: say`the token in the file ${path} (${source})`,
    whenRefused: () =>
      say`Nothing else stands in the file ${path}: write a valid token into it, then run the command again.`,
    canRefresh: true,
    check: async () => {
      await current();
    },
    headers: async () => ({ authorization: `Bearer ${await current()}` }),
    refresh: async (refused) => {
      version = "";
      return `Bearer ${await patiently()}` !== refused.authorization;
    },
    clientIds: async () => clientIdsIn(`Bearer ${await current()}`),
  };
}

function constant(source: Message, headers: AuthHeaders, whenRefused: Message): Credential {
  return {
    source,
    whenRefused: () => whenRefused,
    canRefresh: false,
    check: async () => {},
    headers: async () => headers,
    refresh: async () => false,
    clientIds: async () => clientIdsIn(headers.authorization ?? ""),
  };
}

function unreadable(path: string, source: Message): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error && "code" in error ? String(error.code) : describeError(error);
    throw new OAuthClientsError(
      "configuration-invalid",
      say`The token file ${path} (${source}) cannot be read: ${why}.`,
      say`Check the path and its permissions.`,
    );
  };
}

/**
 * Refuses what cannot be a bearer token (RFC 6750, 2.1): nothing at all, or something with spaces or line breaks in
 * it, typically a whole JSON document or a header line.
 */
export function assertToken(token: string, where: Message): void {
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token)) {
    throw new OAuthClientsError(
      "configuration-invalid",
      token === ""
        ? say`There is no token in ${where}: it is empty.`
        : say`What stands in ${where} is not a bearer token.`,
      say`It must be the bare token, without the word Bearer, quotes or line breaks.`,
    );
  }
}
