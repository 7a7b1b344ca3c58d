/** Memory of one provider process over many operations. */
import { setImmediate as turn } from "node:timers/promises";
import { against, type Figure, mapped, measured, shownMegabytes, shownSeconds, times } from "../figures.ts";
import { EngineStub, type Memory, type Properties, ProviderProcess } from "../provider-process.ts";
import { BASELINE, type Side } from "../sides.ts";
import { inTurn } from "../turns.ts";
import { type Bench, eachLaid, environmentFor, INPUTS, isCompared, withVendor } from "./bench.ts";

/** Memory of one provider process over many operations. */
export async function memory(bench: Bench): Promise<Figure[]> {
  const { operations } = bench.sizes;
  return await withVendor(0, async (vendor) => {
    const stub = await EngineStub.start();
    // One process for each side is enough: what it uses after a garbage collection is all but the same in every process.
    const running: { side: Side; process: ProviderProcess }[] = [];
    try {
      const sides = isCompared(bench) ? [...bench.builds, BASELINE] : bench.builds;
      for (const { side, cwd } of await eachLaid(sides, `${bench.folder}/memory`)) {
        const process = await ProviderProcess.start({
          cwd,
          shell: side.shell,
          environment: environmentFor(vendor),
          engineAddress: stub.address,
          probed: true,
        });
        running.push({ side, process });
      }
      const samples = measured<Memory & { operations: number }>();
      const paces = measured();
      const step = operations / 10;
      for (let tenth = 0; tenth < 10; tenth += 1) {
        for (const { side, process } of inTurn(running, tenth)) {
          const done = (tenth + 1) * step;
          bench.doing(`${done} of ${operations} operations, ${side.name}`);
          const since = performance.now();
          await lives(process, done - step, step / OPERATIONS_PER_LIFE, bench.signal);
          paces[side.name].push(performance.now() - since);
          samples[side.name].push({ operations: done, ...(await process.memory()) });
        }
      }
      const [first, last] = [samples.ours.at(0), samples.ours.at(-1)];
      if (!first || !last) throw new Error("There are no samples");
      const perOperation = (last.used - first.used) / (last.operations - first.operations);
      const growth = last.used / first.used;
      const memoryName = `memory of one provider process over ${operations} operations, after garbage collection`;
      return [
        {
          name: memoryName,
          value: `${megabytes(first.used)} after ${first.operations}, ${megabytes(last.used)} at the end (${times(growth)}, ${perOperation.toFixed(0)} bytes for each operation; resident ${megabytes(first.rss)} and ${megabytes(last.rss)})`,
          target: `<= ${times(FLAT)}`,
          holds: growth <= FLAT,
          data: samples.ours,
        },
        ...against(
          memoryName,
          mapped(samples, ({ used }) => used),
          shownMegabytes,
        ),
        {
          name: "time for each tenth of these operations; it should not rise",
          value: `${paces.ours.map((pace) => (pace / 1_000).toFixed(1)).join(", ")} s`,
          data: paces.ours,
        },
        ...against("time for a tenth of these operations", paces, shownSeconds),
      ];
    } finally {
      for (const { process } of running) await process.end();
      stub.close();
    }
  });
}

/** Growth of what is in use that still counts as none: from a tenth of the operations to all of them. */
const FLAT = 1.1;

/** Requests of a life: create, read, update, delete. */
export const OPERATIONS_PER_LIFE = 4;

/** The engine's default on two cores. */
const AT_A_TIME = 8;

/** Creates, reads, updates and deletes clients, with a check and a diff before each change as the engine does. */
export async function lives(process: ProviderProcess, from: number, count: number, signal: AbortSignal): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      signal.throwIfAborted();
      const name = `Bench client ${from}-${next++}`;
      const inputs = await process.check({ ...INPUTS, name });
      const { id, outputs } = await process.create(inputs);
      await process.read(id, outputs);
      const changed: Properties = await process.check({ ...INPUTS, name, description: "changed" });
      await process.diff(id, outputs, changed);
      await process.delete(id, await process.update(id, outputs, changed));
      await turn();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
