import { rezolve } from "pulumi-oauth-clients";
import type { Sandbox } from "pulumi-oauth-clients-sandbox";

/** A machine client as most tests want it. */
export const BOT: rezolve.OAuthClientArgs = {
  name: "CI bot",
  clientType: "confidential",
  redirectUris: [],
  grantTypes: ["client_credentials"],
  scopes: ["users:read"],
};

/** Stack outputs of one client. */
export function outputsOf(client: rezolve.OAuthClient) {
  const { id, clientId, clientSecret, status, revocation, previousRevocation } = client;
  return { id, clientId, clientSecret, status, revocation, previousRevocation };
}

/** A program with one client, whose inputs a test changes between runs; none when `args` is null. */
export function oneClient(program: { args: rezolve.OAuthClientArgs | null }) {
  return async () => (program.args === null ? {} : outputsOf(new rezolve.OAuthClient("bot", program.args)));
}

/** Real tokens of a client. */
export async function takeTokens(sandbox: Sandbox, outputs: Record<string, unknown>, count: number): Promise<string[]> {
  const client = { clientId: String(outputs.clientId), clientSecret: String(outputs.clientSecret) };
  return Promise.all(Array.from({ length: count }, () => sandbox.issueToken(client)));
}
