#!/usr/bin/env node
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { assertNodeVersion } from "../core/node-version.ts";
import { NO_SECRETS } from "../core/redaction.ts";

async function main(): Promise<void> {
  assertNodeVersion();
  // Not before the check: what the command is built on needs a newer Node.js than an old one that runs this.
  const { program } = await import("./program.ts");
  await program().parseAsync(process.argv);
}

main().catch((error: unknown) => {
  const code = error instanceof OAuthClientsError ? ` [${error.code}]` : "";
  process.stderr.write(`oauth-clients${code}: ${NO_SECRETS.show(describeError(error))}\n`);
  process.exitCode = 1;
});
