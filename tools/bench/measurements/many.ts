/** A plain `up` of many clients. */
import { compared, type Figure, mapped, measured, timingsOf } from "../figures.ts";
import { BASELINE, OURS } from "../sides.ts";
import { inTurn } from "../turns.ts";
import { type Bench, HURRIED, LATENCY_MS, projectsOf, withVendor } from "./bench.ts";

/** Nearly all of it is the engine's own work on its state: what is left of it without, the floor says. */
export async function manyClients(bench: Bench): Promise<Figure[]> {
  const { manyClients: clients, manyRounds } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await projectsOf(bench, [OURS, BASELINE], `n${clients}`, vendor);
    const up = measured();
    const sent = measured();
    const states = measured();
    for (let round = 0; round < manyRounds; round += 1) {
      for (const project of inTurn(projects, round)) {
        const { name } = project.side;
        bench.doing(`up of ${clients} clients, round ${round + 1} of ${manyRounds}, ${name}`);
        vendor.reset();
        up[name].push(await project.up(clients));
        sent[name].push(vendor.total());
        states[name].push(await project.stateBytes());
        await project.destroy({ environment: HURRIED });
      }
    }
    const name = `up of ${clients} clients, API of ${LATENCY_MS} ms`;
    const requests = mapped(sent, (count) => count / clients).ours;
    return [
      {
        ...compared(name, up, 1),
        timings: timingsOf({ of: "create", clients }, up, { requests, stateBytes: states }),
      },
    ];
  });
}
