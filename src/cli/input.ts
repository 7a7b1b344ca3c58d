import { readFile } from "node:fs/promises";
import { text as textOfStream } from "node:stream/consumers";
import { OAuthClientsError } from "../core/errors.ts";
import { type Message, say } from "../core/text.ts";

/**
 * The text of a file that a command is given.
 *
 * @param file a path, or `-` for standard input
 * @param named what it is to be, for example `The receipts file x`
 * @param hint where it comes from, a sentence
 * @throws {OAuthClientsError} `configuration-invalid` for what cannot be read
 */
export async function textOfFile(file: string, named: Message, hint: Message = say``): Promise<string> {
  if (file === "-") return textOfStream(process.stdin);
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const why = error.code ?? error.message;
    throw new OAuthClientsError("configuration-invalid", say`${named} cannot be read: ${why}.`, hint);
  });
}
