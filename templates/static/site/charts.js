// Draws each figure that carries data-chart from the table inside it: first column the names, further columns the series.
// The table stays: it is the text alternative, and all there is without scripts.
(() => {
  "use strict";

  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const number = (cell) => Number(cell.dataset.value ?? cell.textContent.replace(/[^0-9.\-]/g, ""));

  const draw = (figure) => {
    const table = figure.querySelector("table");
    const canvas = figure.querySelector(".chart-canvas");
    if (!table || !canvas || canvas.dataset.drawn) return;
    canvas.dataset.drawn = "1";
    canvas.hidden = false;
    const heads = [...table.tHead.rows[0].cells];
    const columns = heads.map((head, index) => index).filter((index) => index > 0 && heads[index].dataset.series !== "no");
    const rows = [...table.tBodies[0].rows];
    const names = rows.map((row) => row.cells[0].textContent.trim());
    const flat = figure.dataset.chart === "bar";
    const stacked = figure.dataset.stacked !== undefined;
    const ink = token("--ink"), soft = token("--soft"), line = token("--line");
    const text = { color: ink, fontFamily: getComputedStyle(document.body).fontFamily };
    const names_axis = { type: "category", data: flat ? [...names].reverse() : names, axisLabel: { ...text, width: 130, overflow: "truncate" }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } };
    const values_axis = { type: "value", axisLabel: { ...text, color: soft }, splitLine: { lineStyle: { color: line } } };
    const chart = window.echarts.init(canvas, null, { renderer: "svg" });
    chart.setOption({
      aria: { enabled: false },
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      color: [1, 2, 3, 4, 5, 6].map((place) => token(`--chart-${place}`)),
      grid: { left: 4, right: 24, top: columns.length > 1 ? 40 : 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: columns.length > 1 ? { top: 0, textStyle: text, itemWidth: 14, itemHeight: 14, itemGap: 24 } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, confine: true },
      xAxis: flat ? values_axis : names_axis,
      yAxis: flat ? names_axis : values_axis,
      series: columns.map((column) => {
        const values = rows.map((row) => number(row.cells[column]));
        return {
          name: heads[column].textContent.trim(),
          type: figure.dataset.chart === "line" ? "line" : "bar",
          stack: stacked ? "all" : undefined,
          barMaxWidth: 22,
          itemStyle: { borderRadius: stacked ? 0 : flat ? [0, 3, 3, 0] : [3, 3, 0, 0] },
          data: flat ? values.reverse() : values,
        };
      }),
    });
    new ResizeObserver(() => chart.resize()).observe(canvas);
  };

  const all = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:afterSettle", (event) => all(event.detail.elt));
})();
