import { OAuthClientsError } from "../core/errors.ts";
import { say } from "../core/text.ts";

/** The version of the contract between the shell in a state and this package. */
const PROTOCOL = 1;

/**
 * Refuses a state that a newer version wrote.
 *
 * @throws {OAuthClientsError} `engine-contract`
 */
export function assertProtocol(protocol: number): void {
  if (protocol === PROTOCOL) return;
  throw new OAuthClientsError(
    "engine-contract",
    say`This state was written with version ${protocol} of the provider's protocol; this pulumi-oauth-clients knows version ${PROTOCOL}.`,
    say`Install a newer pulumi-oauth-clients in the Pulumi project.`,
  );
}

/**
 * {@link assertProtocol} of a recorded shell. The SDK has changes planned by the provider that the program names, and not by
 * the one of the state: without this, an older version would write its shell over a newer one's.
 *
 * @param shell what the state has as its provider; a text that is no shell of ours says nothing
 */
export function assertShell(shell: unknown): void {
  const [, protocol] = /\bcreateProvider\((\d+)\)/.exec(typeof shell === "string" ? shell : "") ?? [];
  if (protocol !== undefined) assertProtocol(Number(protocol));
}
