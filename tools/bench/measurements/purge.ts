/** A purge of many clients in one resource: how long it takes, what it keeps in memory, and what it does after failures. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { exactly, type Figure, shownMegabytes, shownSeconds, spreadOf, type Timing, times } from "../figures.ts";
import type { Project } from "../project.ts";
import { EngineStub, ProviderProcess } from "../provider-process.ts";
import { BASELINE, OURS } from "../sides.ts";
import { inTurn } from "../turns.ts";
import type { BenchVendor } from "../vendor.ts";
import { type Bench, eachLaid, environmentFor, LATENCY_MS, projectsOf, withVendor } from "./bench.ts";
import { faultyAmong, idealMs, type PurgeRound, perClientRatio, timesIdeal } from "./purge-time.ts";

const AT_A_TIME = 32;
const SETTINGS = { REZOLVE_MAX_CONCURRENCY: String(AT_A_TIME) };

/** How many times the ideal a purge may take. */
const MOST_TIMES_IDEAL = 1.3;
/** How much longer each client of a large purge may take that still counts as linear. */
const LINEAR = 1.15;
/** How much more memory a large purge may have at its peak that still counts as flat. */
const FLAT = 1.25;
const MEMORY_ROUNDS = 3;
/** How often memory in use is looked at while a purge is at work. */
const LOOK_MS = 300;

/** A token that says of which client it is (`client_id`): that one is never deleted. Nobody looks at its signature. */
const CLIENTS_TOKEN = [{ alg: "none" }, { client_id: "bench_itself" }, {}]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

/** Its ids are in a file: an environment has no room for so many. */
const PROGRAM = `
import { readFileSync } from "node:fs";
new rezolve.OAuthClientPurge("leftovers", { targetIds: JSON.parse(readFileSync(process.env.BENCH_IDS, "utf8")) });
`;

export async function purge(bench: Bench): Promise<Figure[]> {
  return await withVendor(LATENCY_MS, async (vendor) => [
    ...(await timed(bench, vendor)),
    ...(await memoryOf(bench, vendor)),
    ...(await afterFailures(bench, vendor)),
  ]);
}

/** A project with one purge. */
async function purging(
  bench: Bench,
  vendor: BenchVendor,
  name: string,
  environment: Record<string, string> = {},
): Promise<{ project: Project; write(ids: readonly string[]): Promise<void> }> {
  const file = join(bench.folder, `${name}-ids.json`);
  const [project] = await projectsOf(bench, [OURS], name, vendor, {
    program: PROGRAM,
    environment: { ...SETTINGS, ...environment, BENCH_IDS: file },
  });
  if (project === undefined) throw new Error("There is no project");
  return { project, write: (ids) => writeFile(file, JSON.stringify(ids)) };
}

/** Purges of two sizes in turns with the `up` of one resource that sleeps, which is what a command takes besides. */
async function timed(bench: Bench, vendor: BenchVendor): Promise<Figure[]> {
  const { purges, purgeRounds } = bench.sizes;
  const [few, many] = purges;
  const [sleeper] = await projectsOf(bench, [BASELINE], "purge-none", vendor);
  if (sleeper === undefined) throw new Error("There is no project");
  const receiptsFile = join(bench.folder, "receipts.jsonl");
  const purgesOf = {
    few: { clients: few, ...(await purging(bench, vendor, "purge-few")) },
    many: { clients: many, ...(await purging(bench, vendor, "purge-many")) },
    withReceipts: {
      clients: few,
      ...(await purging(bench, vendor, "purge-receipts", { OAUTH_CLIENTS_RECEIPTS_FILE: receiptsFile })),
    },
    asClient: { clients: few, ...(await purging(bench, vendor, "purge-as-client", { REZOLVE_TOKEN: CLIENTS_TOKEN })) },
  };
  const requests = { few: 0, many: 0, withReceipts: 0, asClient: 0 };
  const stateBytes = { few: 0, many: 0, withReceipts: 0, asClient: 0 };
  const took: Record<"one" | keyof typeof purgesOf, number[]> = {
    one: [],
    few: [],
    many: [],
    withReceipts: [],
    asClient: [],
  };
  for (let round = 0; round < purgeRounds; round += 1) {
    for (const what of inTurn(["one", "few", "many", "withReceipts", "asClient"] as const, round)) {
      bench.doing(`round ${round + 1} of ${purgeRounds}, ${what}`);
      if (what === "one") {
        took.one.push(await sleeper.up(1));
        await sleeper.destroy();
        continue;
      }
      const { clients, project, write } = purgesOf[what];
      await write(vendor.seed(clients));
      vendor.reset();
      took[what].push(await project.up(0));
      requests[what] = Math.max(requests[what], vendor.total() / clients);
      stateBytes[what] = await project.stateBytes();
      await project.destroy();
    }
  }
  const rounds = took.one.map((one, round): PurgeRound => {
    return { one, few: took.few[round] ?? Number.NaN, many: took.many[round] ?? Number.NaN };
  });
  const ideal = idealMs(few, LATENCY_MS, AT_A_TIME);
  const [above, linear] = [timesIdeal(rounds, ideal), perClientRatio(rounds, { few, many })];
  const how = `API of ${LATENCY_MS} ms, ${AT_A_TIME} requests at a time`;
  const cell = (what: keyof typeof purgesOf, side: string): Timing => ({
    of: "purge",
    clients: purgesOf[what].clients,
    side,
    milliseconds: took[what],
    requestsPerClient: requests[what],
    stateBytes: stateBytes[what],
  });
  const besides = (values: readonly number[]) => {
    const { median } = spreadOf(values.map((ms, round) => ms - (took.few[round] ?? Number.NaN)));
    return `${(median / 1_000).toFixed(2)} s more than without`;
  };
  return [
    {
      name: `purge of ${few} clients in one resource, ${how}`,
      value: `${shownSeconds(took.few)}; the \`up\` of one sleeping resource ${shownSeconds(took.one)}; without it ${times(above)} the ideal of ${(ideal / 1_000).toFixed(2)} s`,
      target: `<= ${times(MOST_TIMES_IDEAL)} the ideal, and that \`up\``,
      holds: above <= MOST_TIMES_IDEAL,
      data: { rounds, ideal, above },
      timings: [
        cell("few", "ours"),
        {
          of: "create",
          clients: 1,
          side: "equal dynamic resource",
          milliseconds: took.one,
          requestsPerClient: null,
        },
      ],
    },
    {
      name: `time for each client of a purge of ${many}, to one of ${few}`,
      value: `${shownSeconds(took.many)} for ${many}: ${times(linear)}`,
      target: `<= ${times(LINEAR)}`,
      holds: linear <= LINEAR,
      data: { rounds, linear },
      timings: [cell("many", "ours")],
    },
    exactly("requests per client of a purge", Math.max(requests.few, requests.many), 1),
    {
      name: `purge of ${few} clients with a receipts file, which is made certain on the disk for each`,
      value: `${shownSeconds(took.withReceipts)}, ${besides(took.withReceipts)}`,
      data: { withReceipts: took.withReceipts, few: took.few },
      timings: [cell("withReceipts", "ours, with a receipts file")],
    },
    {
      name: `purge of ${few} clients with a token that names its own client, for which the list is read first`,
      value: `${shownSeconds(took.asClient)}, ${besides(took.asClient)}; ${requests.asClient} requests per client`,
      data: { asClient: took.asClient, few: took.few },
      timings: [cell("asClient", "ours, with a token that names its client")],
    },
  ];
}

/**
 * The provider's own process, without an engine that would end it before it can be asked: over the same protocol, with the
 * same inputs, and with the vendor's usual time for an answer.
 */
async function memoryOf(bench: Bench, vendor: BenchVendor): Promise<Figure[]> {
  const [few, many] = bench.sizes.purges;
  const [laid] = await eachLaid([OURS], `${bench.folder}/purge-memory`);
  if (laid === undefined) throw new Error("There is no project");
  const stub = await EngineStub.start();
  const found: Record<"few" | "many", Record<"peak" | "used" | "after", number[]>> = {
    few: { peak: [], used: [], after: [] },
    many: { peak: [], used: [], after: [] },
  };
  try {
    // In a round of its own, garbage is collected all the time: what is then in use is what the work really needs.
    for (let round = 0; round <= MEMORY_ROUNDS; round += 1) {
      const isLookedAt = round === MEMORY_ROUNDS;
      for (const what of inTurn(["few", "many"] as const, round)) {
        bench.signal.throwIfAborted();
        bench.doing(`memory, round ${round + 1} of ${MEMORY_ROUNDS + 1}, ${what}`);
        const process = await ProviderProcess.start({
          cwd: laid.cwd,
          shell: laid.side.shell,
          environment: { ...environmentFor(vendor), ...SETTINGS },
          engineAddress: stub.address,
          probed: true,
        });
        try {
          const targetIds = vendor.seed(what === "few" ? few : many);
          const inputs = await process.check({ __kind: "rezolve:OAuthClientPurge", targetIds });
          const created = process.create(inputs);
          if (isLookedAt) found[what].used.push(await mostUsed(process, created));
          await created;
          if (isLookedAt) continue;
          // Before the probe, whose garbage collections are no part of a purge.
          const peak = await process.peak();
          if (peak !== null) found[what].peak.push(peak);
          found[what].after.push((await process.memory()).used);
        } finally {
          await process.end();
        }
      }
    }
  } finally {
    stub.close();
  }
  const isKnown = found.few.peak.length > 0;
  const growth = spreadOf(found.many.used).median / spreadOf(found.few.used).median;
  return [
    {
      name: `most memory in use in the provider process, after garbage collections, purge of ${many} clients against ${few}`,
      value: `${shownMegabytes(found.many.used)} and ${shownMegabytes(found.few.used)}: ${times(growth)}`,
      target: `<= ${times(FLAT)}`,
      holds: growth <= FLAT,
      data: found,
    },
    {
      name: "most memory resident during these purges, with the garbage that Node.js leaves until it has to collect it",
      value: isKnown
        ? `${shownMegabytes(found.many.peak)} and ${shownMegabytes(found.few.peak)}`
        : "not known: only Linux says what a process had at its peak",
      data: found,
    },
    {
      name: "memory in use after these purges, after garbage collection",
      value: `${shownMegabytes(found.many.after)} and ${shownMegabytes(found.few.after)}`,
      data: found,
    },
  ];
}

async function mostUsed(process: ProviderProcess, work: Promise<unknown>): Promise<number> {
  const ended = work.then(() => true);
  let most = 0;
  do {
    most = Math.max(most, (await process.memory()).used);
  } while (!(await Promise.race([ended, sleep(LOOK_MS, false)])));
  return most;
}

const totalsSchema = z.object({
  totals: z.object({ selected: z.number(), deleted: z.number(), alreadyGone: z.number(), failed: z.number() }),
});
type Totals = z.infer<typeof totalsSchema>["totals"];

/** Some clients fail once, which is not tried again (HTTP 400), and some are gone: the next `up` does only the rest. */
async function afterFailures(bench: Bench, vendor: BenchVendor): Promise<Figure[]> {
  const [clients] = bench.sizes.purges;
  const { project, write } = await purging(bench, vendor, "purge-faults");
  const ids = vendor.seed(clients);
  const { failing, gone } = faultyAmong(ids);
  vendor.forget(gone);
  vendor.failOnce("DELETE", failing, 400);
  await write(ids);
  const up = async (fails: boolean) => {
    vendor.reset();
    await project.up(0, { fails });
    return { ...(await totalsIn(project)), deletes: vendor.requests.DELETE ?? 0, gets: vendor.requests.GET ?? 0 };
  };
  bench.doing(`purge of ${clients}, some of which fail`);
  const first = await up(true);
  bench.doing("purge of those that failed");
  const next = await up(false);
  await project.destroy();
  const most = clients - gone.length;
  const of = `purge of ${clients} clients, ${failing.length} of which fail once and ${gone.length} are gone`;
  return [
    exactly(`${of}: deleted by the first up`, first.deleted, most - failing.length, first),
    exactly("already gone, then", first.alreadyGone, gone.length),
    exactly("failed, then", first.failed, failing.length),
    exactly("deleted after the next up", next.deleted, most, next),
    exactly("already gone after it", next.alreadyGone, gone.length),
    exactly("failed after it", next.failed, 0),
    exactly("DELETEs of that next up: only for those that failed", next.deletes, failing.length),
    exactly("selected, all the time", Math.min(first.selected, next.selected), clients),
  ];
}

async function totalsIn(project: Project): Promise<Totals> {
  const { clients } = await project.state("OAuthClientPurge");
  return totalsSchema.parse(clients[0]?.outputs).totals;
}
