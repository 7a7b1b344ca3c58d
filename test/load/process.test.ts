/** Many operations in one provider process: memory and sockets. */
import { expect, onTestFinished, test } from "vitest";
import { lives, OPERATIONS_PER_LIFE } from "../../tools/bench/measurements/memory.ts";
import { startVendor } from "../../tools/bench/vendor.ts";
import { OPERATIONS as LONG } from "./figures.ts";
import { IS_SOAK, Processes, written } from "./support.ts";

const OPERATIONS = IS_SOAK ? LONG : 1_200;
const MEBIBYTE = 1024 * 1024;

/** The default of `maxConcurrency`. */
const MOST_SOCKETS = 16;

/** By so much memory in use differs without a reason; 5,000 operations that keep a kilobyte each would be more. */
const NOISE_BYTES = 4 * MEBIBYTE;

/** A busy machine takes its time. */
const LIMIT_MS = IS_SOAK ? 20 * 60_000 : 3 * 60_000;

test(
  `${OPERATIONS} operations in one process: memory is flat, and no socket is left open`,
  async () => {
    await using processes = await Processes.open();
    const vendor = await startVendor(0);
    onTestFinished(() => vendor.close());
    const provider = await processes.start(
      {
        REZOLVE_BASE_URL: vendor.url,
        REZOLVE_TENANT_ID: "5a4dbc0e-0000-4000-8000-000000000001",
        REZOLVE_TOKEN: "token",
      },
      true,
    );
    const signal = new AbortController().signal;
    const half = OPERATIONS / OPERATIONS_PER_LIFE / 2;
    // Code is compiled and caches are filled in the first half.
    await lives(provider, 0, half, signal);
    const before = await provider.memory();
    await lives(provider, OPERATIONS / 2, half, signal);
    const after = await provider.memory();
    expect(vendor.total()).toBe(OPERATIONS);
    const sockets = await vendor.connections();
    expect(sockets).toBeGreaterThan(0);
    expect(sockets).toBeLessThanOrEqual(MOST_SOCKETS);
    expect(after.used - before.used).toBeLessThan(NOISE_BYTES);
    await provider.end();
    await expect.poll(() => vendor.connections(), { timeout: 20_000 }).toBe(0);
    if (!IS_SOAK) return;
    const shown = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
    await written({
      memory: `${shown(before.used)}, ${shown(after.used)}`,
      sockets: `${sockets}, 0`,
    });
  },
  LIMIT_MS,
);
