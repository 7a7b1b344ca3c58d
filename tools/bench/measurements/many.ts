/** Many clients: the whole `up`, and previews in which nothing has changed. */
import { against, compared, exactly, type Figure, measured, shownCount, shownSeconds, spreadOf } from "../figures.ts";
import { BASELINE, OURS } from "../sides.ts";
import { inTurn } from "../turns.ts";
import { type Bench, HURRIED, isCompared, LATENCY_MS, projectsOf, withVendor } from "./bench.ts";

/** Many clients: the whole `up`, and previews in which nothing has changed. */
export async function manyClients(bench: Bench): Promise<Figure[]> {
  const { manyClients: count, manyRounds, previews } = bench.sizes;
  return await withVendor(LATENCY_MS, async (vendor) => {
    const isHurried = manyRounds === 0 || isCompared(bench);
    const projects = await projectsOf(bench, [...bench.builds, BASELINE], `n${count}`, vendor, {
      environment: isHurried ? HURRIED : {},
    });
    // A promise of how long a preview may take, there is none: ours alone would have nothing to be compared with.
    const previewed = isCompared(bench) ? projects : projects.filter(({ side }) => side === OURS);
    const up = measured();
    for (let round = 0; round < manyRounds; round += 1) {
      for (const project of inTurn(projects, round)) {
        bench.doing(`up of ${count} clients, round ${round + 1} of ${manyRounds}, ${project.side.name}`);
        up[project.side.name].push(await project.up(count));
        // Those of the last round stay for the previews.
        if (round < manyRounds - 1 || !previewed.includes(project)) await project.destroy(HURRIED);
      }
    }
    if (manyRounds === 0) {
      bench.doing(`up of ${count} clients`);
      for (const project of previewed) await project.up(count);
    }
    const preview = measured();
    const sent = measured();
    for (let round = 0; round < previews; round += 1) {
      for (const project of inTurn(previewed, round)) {
        const { name } = project.side;
        bench.doing(`preview of ${count} clients, ${round + 1} of ${previews}, ${name}`);
        vendor.reset();
        preview[name].push(await project.preview(count));
        sent[name].push(vendor.total());
      }
    }
    const upName = `up of ${count} clients, API of ${LATENCY_MS} ms${isHurried ? ", state written once" : ""}`;
    const sentName = `requests of a no-change preview of ${count} clients`;
    const { median } = spreadOf(preview.ours);
    return [
      ...(manyRounds > 0 ? [compared(upName, up, 1.1)] : []),
      ...against(upName, up, shownSeconds),
      exactly(sentName, Math.max(...sent.ours), 0),
      ...against(sentName, sent, shownCount),
      { name: "that preview took", value: `${(median / 1_000).toFixed(1)} s`, data: median },
      ...against(`no-change preview of ${count} clients`, preview, shownSeconds),
    ];
  });
}
