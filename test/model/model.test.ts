/** Random life cycles of stacks, in the SDK's real dynamic-provider process, against a model of vendor and state. */
import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { versionOfTree } from "../../tools/release/version.ts";
import { REPOSITORY } from "../cli/command.ts";
import { figuresOf, type Soak } from "./figures.ts";
import { Lane, type Lived } from "./lane.ts";

/** Steps of one life. */
const LIFE = 50;
const CI_STEPS = 10_000;
const SOAK_STEPS = 200_000;
/** Lives at a time. */
const LANES = 6;
/** So many differences are enough to look at. */
const ENOUGH = 3;
const LIMIT_MS = 30 * 60_000;
const SOAK_LIMIT_MS = 12 * 3_600_000;
/** How often a long run says how far it is, in lives. */
const PROGRESS = 100;

const { MODEL_SEED, MODEL_STEPS, SOAK } = process.env;

/** Lives a life for each seed, in several lanes at once. Where one fails, the others end with the life that they are at. */
async function lived(seeds: readonly number[]): Promise<Lived[]> {
  const left = [...seeds];
  const all: Lived[] = [];
  const began = performance.now();
  const work = async () => {
    const lane = await Lane.open();
    try {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
        const life = await lane.live(seed, LIFE);
        all.push(life);
        // A run of hours tells at once, and goes on.
        if (life.difference !== null && SOAK !== undefined) process.stderr.write(`model: ${life.difference}\n`);
        const { steps, differences } = figuresOf(all);
        if (differences >= ENOUGH) break;
        if (SOAK !== undefined && all.length % PROGRESS === 0) {
          const minutes = Math.round((performance.now() - began) / 60_000);
          process.stderr.write(`model: ${steps} steps, ${differences} differences, ${minutes} min\n`);
        }
      }
    } finally {
      await lane.close();
    }
  };
  const stop = () => {
    left.length = 0;
  };
  const lanes = Array.from({ length: Math.min(LANES, seeds.length) }, () => work().finally(stop));
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return all;
}

/** Fails with each difference, all steps up to there, and how to see it again. */
function assertNone(all: readonly Lived[]): void {
  const found = all.flatMap(({ seed, difference }) =>
    difference === null ? [] : [`MODEL_SEED=${seed} npx vitest run test/model\n${difference}`],
  );
  if (found.length > 0) throw new Error(`The model and the world differ.\n\n${found.join("\n\n")}`);
}

function row(first: number, steps: number): number[] {
  return Array.from({ length: Math.ceil(steps / LIFE) }, (_, at) => first + at);
}

/** Seeds that found something once, with what it was. */
async function keptSeeds(): Promise<number[]> {
  const kept: { seed: number }[] = JSON.parse(await readFile(new URL("seeds.json", import.meta.url), "utf8"));
  return kept.map(({ seed }) => seed);
}

const title =
  SOAK === undefined
    ? "vendor, state and receipts are what the model says, after each of 10,000 steps"
    : "vendor, state and receipts are what the model says, by seeds that nobody has tried";

// A difference that a second try does not show is one all the same.
test(title, { timeout: SOAK === undefined ? LIMIT_MS : SOAK_LIMIT_MS, retry: 0 }, async () => {
  if (SOAK !== undefined) return soak();
  const seeds = MODEL_SEED === undefined ? [...(await keptSeeds()), ...row(1, CI_STEPS)] : [Number(MODEL_SEED)];
  const all = await lived(seeds);
  assertNone(all);
  if (MODEL_SEED === undefined) expect(figuresOf(all).steps).toBeGreaterThanOrEqual(CI_STEPS);
});

/** Many more lives. What they come to is written for docs/reliability.md, unless it is a short try. */
async function soak(): Promise<void> {
  const wanted = Number(MODEL_STEPS ?? SOAK_STEPS);
  const firstSeed = MODEL_SEED === undefined ? randomInt(2 ** 31) : Number(MODEL_SEED);
  process.stderr.write(`model: seeds from ${firstSeed} on\n`);
  const began = performance.now();
  const all = await lived(row(firstSeed, wanted));
  assertNone(all);
  if (SOAK === "write" && wanted >= SOAK_STEPS) await written(all, firstSeed, performance.now() - began);
}

async function written(all: readonly Lived[], firstSeed: number, tookMs: number): Promise<void> {
  const version = await versionOfTree();
  const figures: Soak = {
    date: new Date().toISOString().slice(0, 10),
    version,
    minutes: Math.ceil(tookMs / 60_000),
    firstSeed,
    ...figuresOf(all),
  };
  await writeFile(join(REPOSITORY, "test", "golden", "soak-model.json"), `${JSON.stringify(figures, null, 2)}\n`);
}
