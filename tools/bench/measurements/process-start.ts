/** How long the provider process takes to start. */
import { against, compared, type Figure, measured, shownSeconds } from "../figures.ts";
import { EngineStub, ProviderProcess } from "../provider-process.ts";
import { EMPTY } from "../sides.ts";
import { inTurn } from "../turns.ts";
import { type Bench, eachLaid, environmentFor, INPUTS, withVendor } from "./bench.ts";

/**
 * From the start of the provider process to its first answer, and to that of the first creation, which loads what sends
 * requests: both against the least that a provider can be.
 */
export async function processStart(bench: Bench): Promise<Figure[]> {
  return await withVendor(0, async (vendor) => {
    const stub = await EngineStub.start();
    try {
      const projects = await eachLaid([...bench.builds, EMPTY], `${bench.folder}/start`);
      const answered = measured();
      const created = measured();
      // The first of each fills the disk cache and does not count.
      for (let round = 0; round <= bench.sizes.starts; round += 1) {
        for (const { side, cwd } of inTurn(projects, round)) {
          bench.signal.throwIfAborted();
          bench.doing(`start ${round} of ${bench.sizes.starts}, ${side.name}`);
          const environment = environmentFor(vendor);
          const started = performance.now();
          const process = await ProviderProcess.start({
            cwd,
            shell: side.shell,
            environment,
            engineAddress: stub.address,
          });
          try {
            const inputs = await process.check(INPUTS);
            const answeredMs = performance.now() - started;
            await process.create(inputs);
            if (round === 0) continue;
            answered[side.name].push(answeredMs);
            created[side.name].push(performance.now() - started);
          } finally {
            await process.end();
          }
        }
      }
      const toAnswer = "provider process, from its start to its first answer";
      const toClient = "provider process, from its start to its first created client";
      return [
        compared(`${toAnswer}, against an empty dynamic provider`, answered, 1.15),
        ...against(toAnswer, answered, shownSeconds),
        compared(`${toClient}, against an empty dynamic provider`, created, 1.2),
        ...against(toClient, created, shownSeconds),
      ];
    } finally {
      stub.close();
    }
  });
}
