/** What is the same for the process of every kind of provider. */
import { watchEngine } from "./engine-gone.ts";
import { ENDING_SIGNALS, Interrupt } from "./interrupt.ts";

/** The engine is on this computer, which a proxy of the environment (`https_proxy`) cannot reach. */
export const DIRECTLY = { "grpc.enable_http_proxy": 0 };

/** Longest wait for the engine to take a line, in milliseconds. */
export const LOG_LIMIT_MS = 2_000;

/**
 * The interrupt of this process: by a signal, or by an engine that is gone.
 *
 * @param engineAddress `host:port`; null where it is not known
 */
export function interruptOf(engineAddress: string | null): Interrupt {
  const interrupt = new Interrupt();
  for (const signal of ENDING_SIGNALS) process.on(signal, () => interrupt.arrived());
  watchEngine({
    address: engineAddress,
    output: process.stdout,
    errors: process.stderr,
    idleMs: () => interrupt.idleMs(),
    gone: () => interrupt.orphaned(),
  });
  return interrupt;
}
