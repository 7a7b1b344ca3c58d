/** What is to be typed after a plan was made. */
import { identifier, joined, type Message } from "../../core/text.ts";
import { REFUSED, type SweepOptions } from "./options.ts";

/**
 * The command that carries a plan out, as it may be pasted into a shell: with all that the plan does not know, which is whose
 * stacks there are, where settings come from, and what must not be in a name although the plan took it.
 */
export function applying(plan: string, { excludeManaged, stack, cwd, refuse }: SweepOptions): Message {
  const words = [
    ...["oauth-clients", "sweep", "--apply", plan],
    ...(excludeManaged === false
      ? ["--no-exclude-managed"]
      : (excludeManaged ?? []).flatMap((file) => ["--exclude-managed", file])),
    ...(stack === undefined ? [] : ["--stack", stack]),
    ...(cwd === undefined ? [] : ["--cwd", cwd]),
    ...(refuse === REFUSED ? [] : refuse.length === 0 ? ["--refuse", ""] : refuse.flatMap((one) => ["--refuse", one])),
  ];
  return joined(words.map((word) => identifier(shellWord(word))));
}

/** A word as a POSIX shell reads it as it is. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
