import { readFile, stat } from "node:fs/promises";
import { OAuthClientsError } from "../core/errors.ts";

/** Where a credential came from and how to put it on a request. */
export interface Credential {
  /** For messages, for example `the token from the environment variable REZOLVE_TOKEN`. Never the value. */
  readonly source: string;
  /** The headers that authenticate a request. */
  headers(): Promise<Record<string, string>>;
  /** Whether {@link refresh} can ever give something new. */
  readonly canRefresh: boolean;
  /** After a 401: gets a new credential; false when the source has nothing new. */
  refresh(): Promise<boolean>;
}

/** A token that was handed over as a value. */
export function fixedToken(token: string, source: string): Credential {
  const headers = { authorization: `Bearer ${token}` };
  return { source, canRefresh: false, headers: async () => headers, refresh: async () => false };
}

/**
 * A token kept in a file, as workload identities provide it: read at the first use, when the file changes, and after
 * a 401.
 *
 * @param seen called with every token that was read, to keep it out of messages
 */
export function tokenFile(path: string, source: string, seen: (token: string) => void): Credential {
  let token: string | null = null;
  let modified = -1;
  const load = async (): Promise<string> => {
    const { mtimeMs } = await stat(path).catch(unreadable(path, source));
    if (token !== null && mtimeMs === modified) return token;
    const text = (await readFile(path, "utf8").catch(unreadable(path, source))).trim();
    assertToken(text, `the file ${path} (${source})`);
    seen(text);
    modified = mtimeMs;
    token = text;
    return text;
  };
  return {
    source: `the token in the file ${path} (${source})`,
    canRefresh: true,
    headers: async () => ({ authorization: `Bearer ${await load()}` }),
    refresh: async () => {
      const before = token;
      modified = -1;
      return (await load()) !== before;
    },
  };
}

function unreadable(path: string, source: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new OAuthClientsError(
      "configuration-invalid",
      `The token file ${path} (${source}) cannot be read: ${error.code ?? error.message}.`,
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
