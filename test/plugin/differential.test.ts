/** The same random lives through both adapters: each asks the same of the vendor, answers the same, and says the same. */
import { randomInt } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { withoutDynamic } from "../../src/core/dynamic-state.ts";
import { isRecord } from "../../src/core/json.ts";
import { DYNAMIC_TYPE, PACKAGED_TYPE } from "../../src/core/type-names.ts";
import { Lane, type Lived } from "../model/lane.ts";
import { type Entry, Recorder } from "../model/recorder.ts";

/** Steps of one life, by either adapter. */
const LIFE = 25;
const CI_STEPS = 400;
const SOAK_STEPS = 20_000;
const LIMIT_MS = 10 * 60_000;
const SOAK_LIMIT_MS = 2 * 3_600_000;
/** Lives at a time; every second one has its settings from the stack config, by its seed. */
const LANES = 4;
/**
 * How often a life is lived before a difference is believed. How closely a vendor's clock, which shows whole seconds, is looked at
 * after a lost creation hangs on when in the second it was: that does not come again, what an adapter does differently does.
 */
const TRIES = 3;
/** Questions before a difference that are shown with it. */
const SHOWN = 5;
/** How often a long run says how far it is, in lives. */
const PROGRESS = 20;

const { DIFFERENTIAL_SEED, DIFFERENTIAL_STEPS, SOAK } = process.env;

/** What Pulumi's protocol makes different, by its reason; each is taken out of both. */
const OF_THE_PROTOCOL: Readonly<Record<string, (entry: Entry, isFirst: boolean) => Entry>> = {
  "a dynamic state holds which package to load and what kind the resource is of, for nobody else tells its provider": (
    entry,
  ) => ({ ...entry, answered: withoutDynamicIn(entry.answered) }),
  "types of dynamic resources are not those of a package": (entry) =>
    JSON.parse(JSON.stringify(entry).replaceAll(DYNAMIC_TYPE, PACKAGED_TYPE)),
  "a package's settings stand below its own name in the stack config": (entry) =>
    JSON.parse(JSON.stringify(entry).replaceAll(/\b(the stack config )oauth-clients:(rezolve|nexus)\./g, "$1$2:")),
  "a dynamic provider is loaded by its first request, too late to see the URN of that": (entry, isFirst) =>
    isFirst ? { ...entry, said: entry.said.map((line) => ({ ...Object(line), urn: "" })) } : entry,
  "the SDK makes UNKNOWN of whatever status a create or an update fails with": ({ answered, ...entry }) => ({
    ...entry,
    answered: isRecord(answered) && "failed" in answered ? { ...answered, status: "" } : answered,
  }),
};
const ALL = Object.keys(OF_THE_PROTOCOL);

function withoutDynamicIn(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(withoutDynamic(value)).map(([key, one]) => [key, withoutDynamicIn(one)]));
}

/** The same life by both adapters. */
interface Pair {
  seed: number;
  /** The processes were new. */
  isFirst: boolean;
  /** How often it was lived. */
  tries: number;
  dynamic: Lived;
  packaged: Lived;
}

/**
 * Lives a life for each seed by both adapters, several lives at once. Where they differ in one for good, it fails, and the others
 * end with theirs.
 *
 * @param seen is told every life, also one that is lived once more
 */
async function livedByBoth(seeds: readonly number[], seen: (pair: Pair) => unknown): Promise<void> {
  let isOver = false;
  const work = async (own: readonly number[], settingsIn: "environment" | "config") => {
    await using lanes = new AsyncDisposableStack();
    const open = async (way: "dynamic" | "packaged") =>
      lanes.adopt(await Lane.open({ way, settingsIn, recorder: new Recorder() }), (lane) => lane.close());
    const [one, other] = [await open("dynamic"), await open("packaged")];
    for (const [at, seed] of own.entries()) {
      if (isOver) return;
      for (let tries = 1, isSettled = false; !isSettled; tries += 1) {
        const [dynamic, packaged] = await Promise.all([one.live(seed, LIFE), other.live(seed, LIFE)]);
        const pair = { seed, isFirst: at === 0 && tries === 1, tries, dynamic, packaged };
        seen(pair);
        isSettled = isSame(pair);
        if (!isSettled && tries === TRIES) failedBy(pair);
      }
    }
  };
  const shares = Map.groupBy(seeds, (seed) => seed % LANES);
  const working = [...shares].map(([at, own]) =>
    work(own, at % 2 === 0 ? "environment" : "config").catch((error: unknown) => {
      isOver = true;
      throw error;
    }),
  );
  await Promise.allSettled(working);
  await Promise.all(working);
}

/** The first questions that were not answered in the same way; null where all were. */
function differenceIn({ dynamic, packaged, isFirst }: Pair, allowed: readonly string[] = ALL) {
  const shown = ({ entries }: Lived, at: number) => {
    const entry = entries[at];
    if (entry === undefined) return null;
    return allowed.reduce((left, reason) => OF_THE_PROTOCOL[reason]?.(left, isFirst && at === 0) ?? left, entry);
  };
  for (let at = 0; at < Math.max(dynamic.entries.length, packaged.entries.length); at += 1) {
    const [one, other] = [shown(dynamic, at), shown(packaged, at)];
    if (!isDeepStrictEqual(one, other)) return { at, dynamic: one, packaged: other };
  }
  return null;
}

function isSame(pair: Pair): boolean {
  return differenceIn(pair) === null && pair.dynamic.difference === null && pair.packaged.difference === null;
}

/** Fails with the first difference, and how to see it again. */
function failedBy(pair: Pair): void {
  const { seed, dynamic, packaged } = pair;
  const again = `DIFFERENTIAL_SEED=${seed} npx vitest run test/plugin/differential`;
  const difference = differenceIn(pair);
  if (difference !== null) {
    const { at } = difference;
    const before = dynamic.entries.slice(Math.max(0, at - SHOWN), at).map(({ asked }) => asked);
    const message = `The adapters differ.\n\n${again}\nafter ${before.join(", ") || "nothing"}`;
    expect(difference.packaged, message).toEqual(difference.dynamic);
  }
  for (const { difference: found } of [dynamic, packaged])
    if (found !== null) throw new Error(`The model and the world differ.\n\n${again}\n${found}`);
}

function row(first: number, steps: number): number[] {
  return Array.from({ length: Math.ceil(steps / LIFE) }, (_, at) => first + at);
}

test("both adapters ask, answer and say the same in random lives, but for what the protocol makes different", {
  timeout: SOAK === undefined ? LIMIT_MS : SOAK_LIMIT_MS,
  retry: 0,
}, async () => {
  if (SOAK !== undefined) return soak();
  const seeds = DIFFERENTIAL_SEED === undefined ? row(1, CI_STEPS) : [Number(DIFFERENTIAL_SEED)];
  const pairs: Pair[] = [];
  await livedByBoth(seeds, (pair) => pairs.push(pair));
  const asked = new Set(pairs.flatMap(({ packaged }) => packaged.entries.map((entry) => entry.asked.split(" ")[0])));
  if (DIFFERENTIAL_SEED !== undefined) return;
  expect([...asked].sort()).toEqual(["check", "create", "delete", "diff", "read", "update"]);
  for (const reason of ALL) {
    const others = ALL.filter((one) => one !== reason);
    expect(
      pairs.some((pair) => differenceIn(pair, others) !== null),
      `nothing differs because ${reason}`,
    ).toBe(true);
  }
});

/** Many more lives, by seeds that nobody has tried. */
async function soak(): Promise<void> {
  const first = DIFFERENTIAL_SEED === undefined ? randomInt(2 ** 31) : Number(DIFFERENTIAL_SEED);
  process.stderr.write(`differential: seeds from ${first} on\n`);
  let [lives, steps, again] = [0, 0, 0];
  await livedByBoth(row(first, Number(DIFFERENTIAL_STEPS ?? SOAK_STEPS)), (pair) => {
    lives += 1;
    steps += pair.packaged.steps;
    if (pair.tries > 1) again += 1;
    if (lives % PROGRESS === 0)
      process.stderr.write(`differential: ${steps} steps of ${lives} lives, ${again} of them once more\n`);
  });
}
