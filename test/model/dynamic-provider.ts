/** What the model's shell loads inside the SDK's dynamic-provider process. */
// First: schemas read its settings when they are made.
import "../../src/connections/zod.ts";
import { connectEngine, engineAddress } from "../../src/provider/engine.ts";
import { OAuthClientsProvider } from "../../src/provider/provider.ts";
import { Interrupt } from "../../src/runtime/interrupt.ts";
import { endWithEngine, SETTLES_MS } from "./process.ts";

const engine = connectEngine();
endWithEngine(engineAddress(process.argv));

/**
 * The provider of one run of the CLI, which remembers nothing of the run before. A process has many: to start one for each
 * run would take a second each.
 *
 * @param _run makes the text of the shell another one, so that the SDK asks for another provider
 */
export function providerOf(_run: number): OAuthClientsProvider {
  const interrupt = new Interrupt(() => {});
  return new OAuthClientsProvider({ engine, interrupt, env: process.env, settlesMs: SETTLES_MS });
}
