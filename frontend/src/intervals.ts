// A rank or rate per unit with its interval: point and bar, in the order of the table it is read from.
import { CustomChart, ScatterChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([CustomChart, ScatterChart, GridComponent, TooltipComponent, SVGRenderer]);

/** The part of ECharts' render API used below. */
interface ItemApi {
  coord(point: [unknown, unknown]): [number, number];
  value(dimension: number): unknown;
}

interface Row {
  name: string;
  value: number;
  low: number;
  high: number;
}

function rowsOf(table: HTMLTableElement): Row[] {
  return [...table.querySelectorAll<HTMLTableRowElement>("tr[data-value]")].map((row) => ({
    name: row.dataset.name ?? "",
    value: Number(row.dataset.value),
    low: Number(row.dataset.low),
    high: Number(row.dataset.high),
  }));
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function drawIntervals(place: HTMLElement): void {
  const table = document.getElementById(place.dataset.chart ?? "");
  if (!(table instanceof HTMLTableElement)) return;
  const rows = rowsOf(table).reverse();
  if (!rows.length) return;
  place.hidden = false;
  place.style.height = `${Math.max(160, rows.length * 24 + 60)}px`;
  const chart = init(place, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: "inherit", color: colour("--ink") },
    grid: { left: 8, right: 24, top: 8, bottom: 32, containLabel: true },
    tooltip: { trigger: "item" },
    xAxis: { type: "value", scale: true, axisLabel: { color: colour("--muted") }, splitLine: { lineStyle: { color: colour("--line") } } },
    yAxis: { type: "category", data: rows.map((r) => r.name), axisLabel: { color: colour("--ink"), interval: 0 }, axisTick: { show: false } },
    series: [
      {
        type: "custom",
        data: rows.map((r, i) => [i, r.low, r.high]),
        encode: { y: 0, x: [1, 2] },
        renderItem: (_params: unknown, api: ItemApi) => {
          const from = api.coord([api.value(1), api.value(0)]);
          const to = api.coord([api.value(2), api.value(0)]);
          return {
            type: "line",
            shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
            style: { stroke: colour("--accent"), lineWidth: 4, opacity: 0.35 },
          };
        },
      },
      { type: "scatter", symbolSize: 9, itemStyle: { color: colour("--accent") }, data: rows.map((r, i) => [r.value, i]) },
    ],
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}
