import { createInterface } from "node:readline/promises";
import { ConfigurationInvalid, OAuthClientsError } from "../../core/errors.ts";
import { counted, identifier, say } from "../../core/text.ts";
import type { Session } from "../session.ts";

/** What the options say of the question whether clients may be deleted. */
export interface Consent {
  yes?: true;
  tenant?: string;
}

/**
 * Makes sure that somebody means these deletions: by the tenant's id, typed or as an option beside `--yes`.
 *
 * @throws {ConfigurationInvalid} where nobody does
 */
export async function assertMeant(session: Session, clients: number, tenant: string, consent: Consent): Promise<void> {
  const many = counted(clients, "client");
  if (consent.yes) {
    if (consent.tenant === tenant) return;
    throw new ConfigurationInvalid([
      say`--yes needs the tenant beside it: --tenant ${identifier(tenant)}. Nothing was deleted.`,
    ]);
  }
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new ConfigurationInvalid([
      say`Nobody is there to confirm the deletion of ${many}: add --yes --tenant ${identifier(tenant)}. Nothing was deleted.`,
    ]);
  }
  session.console.say(session.redactor.show(say`This deletes ${many}, which cannot be undone.`));
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = session.redactor.show(say`Type the tenant, ${identifier(tenant)}, to go on:`);
    const answer = await asking.question(`${question} `).catch((error: unknown) => {
      // Ctrl-C at the question.
      throw new OAuthClientsError("interrupted", say`Interrupted. Nothing was deleted.`, undefined, { cause: error });
    });
    if (answer.trim() !== tenant) throw new ConfigurationInvalid([say`That is not the tenant. Nothing was deleted.`]);
  } finally {
    asking.close();
  }
}
