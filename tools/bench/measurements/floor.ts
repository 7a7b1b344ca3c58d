/**
 * What is left of many clients without the engine's checkpoints: an `up` whose state is written once, and previews in which
 * nothing has changed.
 */
import {
  against,
  besideLean,
  compared,
  exactly,
  type Figure,
  measured,
  shownCount,
  shownSeconds,
  timingsOf,
} from "../figures.ts";
import { inTurn } from "../turns.ts";
import { type Bench, HURRIED, LATENCY_MS, projectsOf, sidesOf, withVendor } from "./bench.ts";

/** How long ours may take, to an ordinary dynamic resource with the same properties. */
const MOST = 0.7;
/** With fewer, most of it is the engine's own start, the same for all. */
const FEWEST = 1_000;

export async function floor(bench: Bench): Promise<Figure[]> {
  const { manyClients: clients, hurriedRounds, previews } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const projects = await projectsOf(bench, sidesOf(bench), `f${clients}`, vendor, { environment: HURRIED });
    const took = { up: measured(), preview: measured() };
    const sent = { up: measured(), preview: measured() };
    const stateBytes = measured();
    for (let round = 0; round < hurriedRounds; round += 1) {
      for (const project of inTurn(projects, round)) {
        const { name } = project.side;
        bench.doing(`up of ${clients} clients, round ${round + 1} of ${hurriedRounds}, ${name}`);
        vendor.reset();
        took.up[name].push(await project.up(clients));
        sent.up[name].push(vendor.total() / clients);
        stateBytes[name].push(await project.stateBytes());
        // Those of the last round stay for the previews.
        if (round < hurriedRounds - 1) await project.destroy();
      }
    }
    for (let round = 0; round < previews; round += 1) {
      for (const project of inTurn(projects, round)) {
        const { name } = project.side;
        bench.doing(`preview of ${clients} clients, ${round + 1} of ${previews}, ${name}`);
        vendor.reset();
        took.preview[name].push(await project.preview(clients));
        sent.preview[name].push(vendor.total());
      }
    }
    const figures = (name: string, command: keyof typeof took, of: string) => {
      const requests = sent[command].ours;
      const sizes = command === "up" ? { requests, stateBytes } : { requests };
      return [
        {
          ...compared(name, took[command], clients < FEWEST ? null : MOST),
          timings: timingsOf({ of, clients }, took[command], sizes),
        },
        ...(took[command].lean.length > 0 ? [besideLean(name, took[command])] : []),
        ...against(name, took[command], shownSeconds),
      ];
    };
    const sentName = `requests of a no-change preview of ${clients} clients`;
    return [
      ...figures(
        `up of ${clients} clients, API of ${LATENCY_MS} ms, state written once`,
        "up",
        "create, state written once",
      ),
      ...figures(`no-change preview of ${clients} clients`, "preview", "no change"),
      exactly(sentName, Math.max(...sent.preview.ours), 0),
      ...against(sentName, sent.preview, shownCount),
    ];
  });
}
