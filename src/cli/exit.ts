import type { SafeText } from "../core/redaction.ts";

/** Exit codes, the same for every command. Like those of `diff` and `grep`: findings are no failure. */
export const EXIT = {
  /** Done, and nothing to object to. */
  ok: 0,
  /** Done, but what was asked about is not as it should be. */
  finding: 1,
  /** Not done: wrong usage, settings that cannot work, a vendor that does not answer. */
  failure: 2,
  /** Ended by Ctrl-C, SIGTERM or SIGHUP. */
  interrupted: 130,
} as const;

/** How a command ends. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The end of every command's help.
 *
 * @param finding when a command ends with 1; null where it never does
 */
export function exitCodesHelp(finding: string | null): string {
  return `
Exit codes:
  0    done${finding === null ? "" : `, and nothing to object to\n  1    ${finding}`}
  2    not done: wrong usage, settings that cannot work, a vendor that does not answer
  130  interrupted`;
}

/** An error as it may be printed: its text is safe to show. */
export class Failure extends Error {
  /** Stable, for programs; null where the error is none of ours. */
  readonly code: string | null;

  constructor(text: SafeText, code: string | null) {
    super(text);
    this.code = code;
  }
}
