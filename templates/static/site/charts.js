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
    const rows = [...table.tBodies[0].rows].filter((row) => row.dataset.row !== "no");
    const names = rows.map((row) => row.cells[0].textContent.trim());
    const flat = figure.dataset.chart === "bar";
    const stacked = figure.dataset.stacked !== undefined;
    const ink = token("--ink"), soft = token("--soft"), line = token("--line");
    const text = { color: ink, fontFamily: getComputedStyle(document.body).fontFamily };
    const lines = flat ? [...rows].reverse() : rows;
    const links = lines.map((row) => row.cells[0].querySelector("a"));
    const whole = rows.every((row) => columns.every((column) => Number.isInteger(number(row.cells[column]))));
    // Names take what they need, at most two fifths of the width, on two lines.
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `12px ${text.fontFamily}`;
    const longest = Math.ceil(Math.max(0, ...names.map((name) => pen.measureText(name).width))) + 2;
    // The keys take as many lines as they need; the picture begins below.
    const keys = columns.length > 1 ? columns.map((column) => pen.measureText(heads[column].textContent.trim()).width + 19) : [];
    const gap = canvas.clientWidth < 420 ? 12 : 24;
    const top = keys.length ? 16 + 24 * Math.ceil(keys.reduce((sum, key) => sum + key + gap, 0) / (canvas.clientWidth || 1)) : 12;
    if (flat) {
      const height = Math.max(rows.length, 2) * 32 + top + 28;
      Object.assign(canvas.style, { height: "auto", minHeight: `${height}px`, maxHeight: `${height * 1.6}px` });
    }
    const room = () => (flat ? Math.min(longest, 220, Math.floor(canvas.clientWidth * 0.4)) : 130);
    const label = () => ({ ...text, width: room(), overflow: flat ? "break" : "truncate", lineHeight: 15, height: 30, lineOverflow: "truncate" });
    const names_axis = { type: "category", data: flat ? [...names].reverse() : names, axisLabel: label(), axisLine: { lineStyle: { color: line } }, axisTick: { show: false } };
    const values_axis = { type: "value", axisLabel: { ...text, color: soft, hideOverlap: true }, minInterval: whole ? 1 : 0, splitNumber: canvas.clientWidth < 420 ? 3 : 5, splitLine: { lineStyle: { color: line } } };
    const chart = window.echarts.init(canvas, null, { renderer: "svg" });
    chart.setOption({
      aria: { enabled: false },
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      color: [1, 2, 3, 4, 5, 6].map((place) => token(`--chart-${place}`)),
      grid: { left: 4, right: 24, top, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: columns.length > 1 ? { top: 0, textStyle: text, itemWidth: 14, itemHeight: 14, itemGap: gap } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" }, confine: true, backgroundColor: token("--surface"), borderColor: line, textStyle: text },
      xAxis: flat ? values_axis : names_axis,
      yAxis: flat ? names_axis : values_axis,
      series: columns.map((column) => {
        const values = rows.map((row) => number(row.cells[column]));
        return {
          name: heads[column].textContent.trim(),
          type: figure.dataset.chart === "line" ? "line" : "bar",
          stack: stacked ? "all" : undefined,
          barMaxWidth: 22,
          cursor: links.some(Boolean) ? "pointer" : "default",
          color: heads[column].dataset.tone ? token(`--${heads[column].dataset.tone}`) : undefined,
          itemStyle: { borderRadius: stacked ? 0 : flat ? [0, 3, 3, 0] : [3, 3, 0, 0] },
          data: flat ? values.reverse() : values,
        };
      }),
    });
    // A bar leads where its row does.
    chart.on("click", (event) => links[event.dataIndex]?.click());
    new ResizeObserver(() => {
      chart.resize();
      if (flat) chart.setOption({ yAxis: { axisLabel: label() } });
    }).observe(canvas);
  };

  const all = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:afterSettle", (event) => all(event.detail.elt));
})();
