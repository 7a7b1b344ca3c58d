/** Every kind of toxic that Toxiproxy has, in the middle of an up, an update and a destroy on the real engine. */
import { afterAll, beforeAll, test } from "vitest";
import { progressOn } from "../../tools/engine/progress.ts";
import { type Toxic, Toxiproxy } from "../../tools/peers/toxiproxy.ts";
import { LIFE_LIMIT_MS, Life } from "./life.ts";

const found = await Toxiproxy.program(progressOn(process.stderr));
if (!found.usable) console.warn(`Without Toxiproxy: ${found.reason}`);

/** Brings the dice back. */
const SEED = Number(process.env.OAUTH_CLIENTS_TEST_SEED ?? 7);

const down = (type: Toxic["type"], attributes: Toxic["attributes"], toxicity = 1): Toxic => ({
  type,
  stream: "downstream",
  attributes,
  toxicity,
});
const up = (...given: Parameters<typeof down>): Toxic => ({ ...down(...given), stream: "upstream" });

const TOXICS: [string, Toxic[]][] = [
  [
    "latency, bandwidth and slicer",
    [
      down("latency", { latency: 200, jitter: 150 }),
      down("bandwidth", { rate: 2 }),
      up("slicer", { average_size: 40, size_variation: 20, delay: 5_000 }),
    ],
  ],
  ["timeout of answers", [down("timeout", { timeout: 300 })]],
  ["timeout of requests", [up("timeout", { timeout: 0 })]],
  ["reset_peer of every other connection", [down("reset_peer", { timeout: 0 }, 0.5)]],
  ["limit_data of answers", [down("limit_data", { bytes: 400 })]],
  ["limit_data of requests", [up("limit_data", { bytes: 300 })]],
];

let toxiproxy: Toxiproxy;
beforeAll(async () => {
  if (found.usable) toxiproxy = await Toxiproxy.start(found.value, SEED);
});
afterAll(() => toxiproxy?.close());

// One after the other: an inline program hears every rejection of the process, and fails by that of another stack.
test.skipIf(!found.usable).each(TOXICS)(
  `%s (seed ${SEED})`,
  // What a second try does not show is there all the same.
  { timeout: LIFE_LIMIT_MS, retry: 0 },
  async (name, toxics) => {
    const way = Promise.withResolvers<Awaited<ReturnType<Toxiproxy["way"]>>>();
    const life = await Life.begin(async (vendor) => {
      const opened = await toxiproxy.way(name.replaceAll(/\W/g, "-"), vendor);
      way.resolve(opened);
      return { REZOLVE_BASE_URL: opened.url, NEXUS_BASE_URL: opened.url };
    });
    const { add, clear } = await way.promise;
    try {
      const since = performance.now();
      const { ended } = await life.lead({
        begin: async () => {
          for (const toxic of toxics) await add(toxic);
        },
        end: clear,
      });
      console.log(`${name}: ${ended.join(", ")} in ${Math.round(performance.now() - since)} ms`);
    } finally {
      await life.close();
    }
  },
);
