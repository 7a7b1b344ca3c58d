import { OAuthClientsError } from "../../core/errors.ts";
import type { ReadReceipts } from "../../core/receipts-file.ts";
import { type Message, say } from "../../core/text.ts";
import { textOfFile } from "../input.ts";
import { stackConfig } from "../stack/pulumi.ts";
import type { ReceiptsOptions } from "./options.ts";

/** Where receipts are, as settings say: the environment, or else the config of the stacks that are meant. */
export async function configuredFiles({ stack = [], cwd }: ReceiptsOptions): Promise<string[]> {
  if (process.env.OAUTH_CLIENTS_RECEIPTS_FILE) return [process.env.OAUTH_CLIENTS_RECEIPTS_FILE];
  const configured = await Promise.all(
    stack.map(async (one) => (await stackConfig({ stack: inProject(one), cwd }))["oauth-clients:receiptsFile"]?.value),
  );
  const files = configured.flatMap((file) => file || []);
  if (files.length > 0) return [...new Set(files)];
  throw new OAuthClientsError(
    "configuration-invalid",
    say`There is no receipts file.`,
    say`Name it: oauth-clients receipts <file>, or set OAUTH_CLIENTS_RECEIPTS_FILE or, for --stack, oauth-clients:receiptsFile.`,
  );
}

/** As Pulumi takes it in the project's folder: of `project/stack` it would take the first part for an organization. */
function inProject(stack: string): string {
  const parts = stack.split("/");
  return parts.length === 2 ? (parts[1] ?? stack) : stack;
}

/** The text of a receipts file, or of standard input. */
export function textOfReceipts(file: string): Promise<string> {
  return textOfFile(
    file,
    say`The receipts file ${file}`,
    say`It is written at the first deletion of a run that has it configured.`,
  );
}

/** What a file is called in a sentence. */
export function nameOf(file: string): Message {
  return file === "-" ? say`standard input` : say`${file}`;
}

/**
 * @param lines how many the file has, without empty ones
 * @throws {OAuthClientsError} `configuration-invalid` for a file in which no line is a receipt, nor ever was or will be one
 */
export function assertReceiptsFile(file: string, lines: number, { other }: ReadReceipts["unreadable"]): void {
  if (lines === 0 || lines > other.length) return;
  throw new OAuthClientsError(
    "configuration-invalid",
    say`${nameOf(file)} is no receipts file: none of its lines is a receipt.`,
    say`OAUTH_CLIENTS_RECEIPTS_FILE or oauth-clients:receiptsFile says where receipts are written.`,
  );
}
