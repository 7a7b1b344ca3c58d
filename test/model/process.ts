/** What the model's provider processes have in common. */
import { watchEngine } from "../../src/runtime/engine-gone.ts";

/**
 * How long it waits before it believes that a lost create was not carried out: a busy machine takes its time. With 0, how often
 * it looks does not hang on the time that something took.
 */
export const SETTLES_MS = Number(process.env.MODEL_SETTLES_MS ?? 250);

/** A test that is killed leaves no process behind. */
export function endWithEngine(address: string | null): void {
  watchEngine({
    address,
    output: process.stdout,
    errors: process.stderr,
    idleMs: () => 0,
    gone: () => process.exit(),
  });
}
