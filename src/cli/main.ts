#!/usr/bin/env node
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { assertNodeVersion } from "../core/node-version.ts";
import { NO_SECRETS } from "../core/redaction.ts";
import { EXIT, Failure } from "./exit.ts";

async function main(): Promise<void> {
  assertNodeVersion();
  // Not before the check: what the command is built on needs a newer Node.js than an old one that runs this.
  const { program } = await import("./program.ts");
  await (await program()).parseAsync(process.argv);
}

/** The stable code of an error, and its text as it may be printed. */
function told(error: unknown): { code: string | null; text: string } {
  if (error instanceof Failure) return { code: error.code, text: error.message };
  return {
    code: error instanceof OAuthClientsError ? error.code : null,
    text: NO_SECRETS.show(describeError(error)),
  };
}

/**
 * Who closes a pipe early, as `head` does, has read enough: the command ends as it would, with its own exit code. Whatever
 * else takes away the place to write to must not end a deletion before its evidence: the command fails at its own end.
 */
function surviveOutput(streams: readonly NodeJS.WriteStream[]): void {
  let isUnsaid = false;
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      isUnsaid ||= error.code !== "EPIPE";
    });
  }
  process.on("exit", () => {
    if (isUnsaid) process.exitCode ||= EXIT.failure;
  });
}

surviveOutput([process.stdout, process.stderr]);
main().catch((error: unknown) => {
  const { code, text } = told(error);
  process.stderr.write(`oauth-clients${code === null ? "" : ` [${code}]`}: ${text}\n`);
  process.exitCode = code === "interrupted" ? EXIT.interrupted : EXIT.failure;
});
