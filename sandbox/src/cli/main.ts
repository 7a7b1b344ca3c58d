#!/usr/bin/env node
import { printing } from "../controls/printing.ts";
import { SandboxError } from "../errors.ts";
import { assertNodeVersion } from "./node-version.ts";

async function main(): Promise<void> {
  assertNodeVersion();
  // Not before the check: what the command is built on needs a newer Node.js than an old one that runs this.
  const { command } = await import("./command.ts");
  await command().parseAsync(process.argv);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const print = printing((line) => void process.stderr.write(`${line}\n`));
  const code = error instanceof SandboxError ? ` [${error.code}]` : "";
  for (const line of `oauth-clients-sandbox${code}: ${message}`.split("\n")) print(line);
  process.exitCode = 1;
});
