import { joined, type Message, say } from "../../core/text.ts";

/** What one check found. `unknown`: it cannot be told without changing something. */
export interface Finding {
  /** What was checked: a connection as `vendor:name`, or the machine. */
  subject: string;
  check: string;
  result: "ok" | "warning" | "failure" | "unknown" | "not reached";
  /** What was found, and what to do about it. */
  message: Message;
}

/** The findings of one subject. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #subject: string;

  constructor(subject: string) {
    this.#subject = subject;
  }

  add(check: string, result: Finding["result"], message: Message, hint: Message = say``): void {
    this.all.push({ subject: this.#subject, check, result, message: joined([message, hint]) });
  }

  /** What comes after a failure. */
  notReached(checks: readonly string[]): void {
    for (const check of checks) this.add(check, "not reached", say`A check before it failed.`);
  }
}
