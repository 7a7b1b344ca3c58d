/** Bars side by side, as SVG. */
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Groups of bars beneath one heading. */
export interface Panel {
  title: string;
  /** Of each series a value for each group; null where there is none. */
  values: Readonly<Record<string, readonly (number | null)[]>>;
}

const [WIDTH, LEFT, GAP, TOP, BOTTOM, GROUP] = [900, 90, 50, 40, 60, 100];

/** Panels next to each other, which share their groups and series. */
export function barChart(groups: readonly string[], panels: readonly Panel[]): string {
  const height = TOP + BOTTOM + groups.length * GROUP;
  const width = (WIDTH - LEFT - panels.length * GAP) / panels.length;
  const left = (index: number) => LEFT + index * (width + GAP);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    // Readable on a dark page too.
    backgroundColor: "#fff",
    legend: { itemGap: 28, bottom: 10 },
    title: panels.map(({ title }, index) => ({ text: title, left: left(index), textStyle: { fontSize: 14 } })),
    grid: panels.map((_, index) => ({ left: left(index), width, top: TOP, bottom: BOTTOM })),
    xAxis: panels.map((_, gridIndex) => ({ type: "value", gridIndex })),
    yAxis: panels.map((_, gridIndex) => ({
      type: "category",
      gridIndex,
      inverse: true,
      data: [...groups],
      axisLabel: { show: gridIndex === 0 },
    })),
    series: panels.flatMap(({ values }, index) =>
      Object.entries(values).map(([name, data]) => ({
        type: "bar",
        name,
        xAxisIndex: index,
        yAxisIndex: index,
        data: [...data],
        label: { show: true, position: "right" },
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
