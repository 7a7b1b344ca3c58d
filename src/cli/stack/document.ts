import { ConfigurationInvalid } from "../../core/errors.ts";
import { say } from "../../core/text.ts";
import { stackExport } from "./pulumi.ts";
import { documentIn, readStackDocument, type StackDocument } from "./state.ts";

/** Where a command finds what Pulumi says of a stack. */
interface Where {
  /** A path, or `-` for standard input; default: the export of the stack. */
  file: string | undefined;
  stack?: string;
  cwd?: string;
  /** Whether an export that is fetched has its secrets in clear. */
  showSecrets: boolean;
}

/**
 * What Pulumi says of a stack: out of a file, or fetched.
 *
 * @throws {OAuthClientsError} `configuration-invalid` for what is neither
 */
export async function documentOf({ file, stack, cwd, showSecrets }: Where): Promise<StackDocument> {
  if (file !== undefined) return readStackDocument(file);
  if (stack !== undefined) return documentIn(await stackExport({ stack, cwd }, { showSecrets }), stack);
  throw new ConfigurationInvalid([say`Name a file, - for standard input, or a stack (--stack).`]);
}
