/** Every interrupt in the middle of every operation, on the real engine: a part of the matrix, or all of it (`npm run soak`). */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { versionOfTree } from "../../tools/release/version.ts";
import { REPOSITORY } from "../cli/command.ts";
import { VENDORS } from "../outside.ts";
import { type Cell, cellOf, INTERRUPTS, LATENCY_MS, OPERATIONS } from "./cells.ts";
import { endAll, type Outcome, REQUESTS_AT_ONCE, run } from "./run.ts";
import { SmallDisk } from "./small-disk.ts";

/** `SOAK=try npx vitest run test/interrupts -t "power cut in the middle of destroy"` runs what only the soak has. */
const isWhole = process.env.SOAK !== undefined;
/** Fresh moments are the soak's: what fails in a pipeline fails again. */
const SEED = Number(process.env.OAUTH_CLIENTS_TEST_SEED ?? (isWhole ? Date.now() % 1_000_000 : 7));
const CLIENTS = isWhole ? 50 : 20;
const LIMIT_MS = 12 * 60_000;

/** Every interrupt once for each vendor, every operation four times; which of them meet is another pair with another seed. */
const PART = INTERRUPTS.map(
  (interrupt, at) => [interrupt, OPERATIONS[(at + SEED) % OPERATIONS.length] ?? "up"] as const,
);
const WHOLE = INTERRUPTS.flatMap((interrupt) => OPERATIONS.map((operation) => [interrupt, operation] as const));

/** After these, Pulumi ends by itself, and knows of everything that it has begun. */
const ORDERLY: ReadonlySet<string> = new Set(["one SIGINT", "SIGTERM", "disk full under the receipts"]);
/** These leave nobody who could write down what the vendor counted. */
const DEADLY: ReadonlySet<string> = new Set(["kill -9 of the provider", "power cut"]);
/** These take from the state what it has said before. */
const FORGETFUL: ReadonlySet<string> = new Set(["power cut", "disk full under the state"]);

/** Where these end later, Pulumi may have killed the provider: that is a kill, and no loss. */
const SIGNALS: ReadonlySet<string> = new Set(["one SIGINT", "two SIGINT", "SIGTERM"]);
const GRACE_MS = 5_000;

await SmallDisk.sweep();
const hasDisks = await SmallDisk.isPossible();
const figures: (Cell & Outcome)[] = [];

// A client that a second try does not lose is lost all the same.
describe.skipIf(process.platform !== "linux")(`OAUTH_CLIENTS_TEST_SEED=${SEED}`, { retry: 0 }, () => {
  afterEach(endAll);

  test.for(isWhole ? WHOLE : PART)(
    "%s in the middle of %s: nothing is lost, nothing is there twice, nothing else is deleted",
    { timeout: LIMIT_MS },
    async ([interrupt, operation], { skip }) => {
      skip(interrupt.startsWith("disk") && !hasDisks, "this user cannot mount a small disk here");
      const cells = VENDORS.map((vendor) => cellOf(operation, interrupt, vendor, { seed: SEED, clients: CLIENTS }));
      const outcomes = await Promise.all(cells.map(async (cell) => ({ ...cell, ...(await run(cell)) })));
      for (const outcome of outcomes) console.log(told(outcome));
      for (const { vendor, left, ...outcome } of outcomes) {
        const nothing = { lost: 0, duplicate: 0, onlyInState: 0, wronglyDeleted: 0, problems: [] };
        expect(outcome, vendor).toMatchObject(nothing);
        const isLate = SIGNALS.has(interrupt) && outcome.endedAfterMs >= GRACE_MS;
        if (ORDERLY.has(interrupt) && !isLate) expect(left, vendor).toEqual({ pending: 0, named: 0, unnamed: 0 });
        if (!FORGETFUL.has(interrupt)) expect(left.unnamed, vendor).toBe(0);
        // What was on its way, or answered and not yet written down.
        const mostUnknown = DEADLY.has(interrupt) || isLate ? 2 * REQUESTS_AT_ONCE : 0;
        if (vendor === "rezolve") expect(outcome.receipts.unknown, vendor).toBeLessThanOrEqual(mostUnknown);
        const { printed } = outcome.receipts;
        if (interrupt !== "disk full under the receipts") expect(printed, vendor).toBe(0);
        else if (operation === "purge" || operation === "destroy") expect(printed, vendor).toBeGreaterThan(0);
      }
      figures.push(...outcomes);
    },
  );

  afterAll(async () => {
    if (process.env.SOAK !== "write" || figures.length < WHOLE.length * VENDORS.length) return;
    const version = await versionOfTree();
    const date = new Date().toISOString().slice(0, 10);
    const shown = { date, version, seed: SEED, clients: CLIENTS, latencyMs: LATENCY_MS, runs: figures };
    await writeFile(join(REPOSITORY, "test", "golden", "soak-interrupts.json"), `${JSON.stringify(shown, null, 1)}\n`);
  });
});

function told({ vendor, requests, endedAfterMs, typed, left, receipts }: Cell & Outcome): string {
  const { pending, named, unnamed } = left;
  const unknown = `${pending} pending, ${named} named by errors and ${unnamed} else not in the state`;
  const evidence = `receipts: ${receipts.counted} with counts, ${receipts.unknown} unknown, ${receipts.printed} printed`;
  const moment = `after ${requests} requests, and it ended ${endedAfterMs} ms later`;
  return `${vendor}: ${moment}; ${unknown}; typed: ${typed.join(", ")}; ${evidence}`;
}
