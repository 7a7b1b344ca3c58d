import { ConfigurationInvalid, describeError, OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";
import { ClientCredentials, type ClientCredentialsOptions } from "../http/client-credentials.ts";
import {
  assertToken,
  basic,
  type Credential,
  fixedHeader,
  fixedToken,
  together,
  tokenFile,
} from "../http/credential.ts";
import type { CredentialPart } from "../vendors/credentials.ts";
import type { ResolvedSettings } from "./settings.ts";

/** What a credential needs beside its settings. */
export interface CredentialWorld {
  /** How a token endpoint is reached. */
  http: ClientCredentialsOptions["http"];
  /** Called with every secret that comes into being, to keep it out of messages. */
  seen(secret: string): void;
}

/**
 * The credential of a connection's settings.
 *
 * @throws {ConfigurationInvalid} with every part that cannot be one
 */
export function credentialOf(settings: ResolvedSettings, world: CredentialWorld): Credential {
  const problems: Message[] = [];
  const parts: Credential[] = [];
  for (const part of settings.credential) {
    try {
      parts.push(partOf(part, settings, world));
    } catch (error) {
      if (!(error instanceof OAuthClientsError)) throw error;
      problems.push(...(error instanceof ConfigurationInvalid ? error.problems : [describeError(error)]));
    }
  }
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  return together(parts);
}

function partOf(
  part: CredentialPart,
  { text, source, replacing }: ResolvedSettings,
  { http, seen }: CredentialWorld,
): Credential {
  const named = (key: string) => say`${key} (${source(key)})`;
  switch (part.kind) {
    case "token":
      assertToken(text(part.token), say`${source(part.token)}`);
      return fixedToken(text(part.token), say`the token from ${source(part.token)}`, replacing(part.token));
    case "token-file":
      return tokenFile(text(part.file), say`${source(part.file)}`, seen);
    case "client-credentials":
      return new ClientCredentials({
        tokenUrl: text(part.tokenUrl),
        clientId: text(part.clientId),
        clientSecret: text(part.clientSecret),
        scope: text(part.scope) || null,
        named: {
          tokenUrl: named(part.tokenUrl),
          clientId: named(part.clientId),
          clientSecret: named(part.clientSecret),
          scope: named(part.scope),
        },
        source: say`a token from ${text(part.tokenUrl)} for the client secret from ${source(part.clientSecret)}`,
        http,
        seen,
      });
    case "header":
      return {
        ...fixedHeader(
          text(part.name),
          text(part.value),
          say`the ${part.value} from ${source(part.value)}`,
          replacing(part.value),
        ),
        saidAs: part.saidAs,
      };
    case "basic": {
      const where = say`the ${part.username} from ${source(part.username)} and the ${part.password} from ${source(part.password)}`;
      return basic(text(part.username), text(part.password), where, seen, replacing(part.password));
    }
  }
}
