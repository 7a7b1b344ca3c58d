/** What the model's shell loads inside the SDK's dynamic-provider process. */
// First: schemas read its settings when they are made.
import "../../src/connections/zod.ts";
import { connectEngine, engineAddress } from "../../src/provider/engine.ts";
import { OAuthClientsProvider } from "../../src/provider/provider.ts";
import { watchEngine } from "../../src/runtime/engine-gone.ts";
import { Interrupt } from "../../src/runtime/interrupt.ts";

/** How long it waits before it believes that a lost create was not carried out: a busy machine takes its time. */
const SETTLES_MS = 250;

/** In seconds: while requests are spoilt on purpose; and else, because a busy machine is no fault. */
const LIMITS = { short: { timeout: 1, budget: 1 }, long: { timeout: 30, budget: 30 } } as const;

const engine = connectEngine();

// A test that is killed leaves no process behind.
watchEngine({
  address: engineAddress(process.argv),
  output: process.stdout,
  errors: process.stderr,
  idleMs: () => 0,
  gone: () => process.exit(),
});

/**
 * The provider of one run of the CLI, which remembers nothing of the run before. A process has many: to start one for each
 * run would take a second each.
 *
 * @param _run makes the text of the shell another one, so that the SDK asks for another provider
 */
export function providerOf(_run: number, patience: keyof typeof LIMITS): OAuthClientsProvider {
  const { timeout, budget } = LIMITS[patience];
  const limits = Object.fromEntries(
    ["REZOLVE", "NEXUS"].flatMap((vendor) => [
      [`${vendor}_TIMEOUT_SECONDS`, String(timeout)],
      [`${vendor}_RETRY_BUDGET_SECONDS`, String(budget)],
    ]),
  );
  return new OAuthClientsProvider({
    engine,
    interrupt: new Interrupt(() => {}),
    env: { ...process.env, ...limits },
    settlesMs: SETTLES_MS,
  });
}
