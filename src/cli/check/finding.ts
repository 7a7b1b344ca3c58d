import type { ErrorCode } from "../../core/errors.ts";
import { joined, type Message, say } from "../../core/text.ts";

/** What one check found. `unknown`: it cannot be told without changing something. */
export interface Finding {
  /** What was checked: a connection as `vendor:name`, or the machine. */
  subject: string;
  check: string;
  result: "ok" | "warning" | "failure" | "unknown" | "not reached";
  /** What was found, and what to do about it. */
  message: Message;
  /** Of a failure, by which docs/troubleshooting.md has it; null where it is no error of ours, and of all else. */
  code: ErrorCode | null;
}

/** The findings of one subject. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #subject: string;

  constructor(subject: string) {
    this.#subject = subject;
  }

  add(check: string, result: Finding["result"], message: Message, hint: Message = say``): void {
    this.all.push({ subject: this.#subject, check, result, message: joined([message, hint]), code: null });
  }

  failed(check: string, message: Message, code: ErrorCode): void {
    this.all.push({ subject: this.#subject, check, result: "failure", message, code });
  }

  /** What comes after a failure. */
  notReached(checks: readonly string[]): void {
    for (const check of checks) this.add(check, "not reached", say`A check before it failed.`);
  }
}
