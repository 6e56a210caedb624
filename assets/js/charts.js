// Draws a chart over its table: the data is in the page, the colours are the tokens, the table is one press away.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const KEPT = "chart-view";

function money(language, currency) {
  const short = new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 1, notation: "compact" });
  return { format: (value) => short.format(value).replace("K", "k").replace(/k\s(?=\D)/u, "k") };
}

function revenue(data) {
  const ink = colour("--sm-ink"), quiet = colour("--sm-ink-2"), last = data.won.findLastIndex((value) => value !== null);
  const short = money(data.language, data.currency);
  const label = (value) => short.format(value);
  // what two lines end at is written apart, however near they come
  const wanted = data.objective.at(-1), foreseen = data.forecast?.[1];
  const highest = Math.max(wanted ?? 0, ...(data.forecast ?? []), ...data.won.map((value) => value ?? 0));
  const apart = wanted != null && foreseen != null && Math.abs(wanted - foreseen) < highest * 0.1 ? 7 : 0;
  const shifted = (isHigher) => [0, isHigher ? -apart : apart];
  const objective = data.objective.every((value) => value === null) ? [] : [{
    type: "line", data: data.objective, symbol: "none", lineStyle: { color: colour("--sm-control"), type: [5, 4], width: 1.75 },
    endLabel: { show: true, formatter: (point) => label(point.value), color: quiet, fontSize: 11.5, offset: shifted(wanted > foreseen) }, labelLayout: { moveOverlap: "shiftY" },
  }];
  // the forecast fans out from the last point to low, middle and high on the last day
  const end = data.labels.length - 1;
  const ray = (from, to) => data.won.map((_value, index) => (index < last ? null : from + (to - from) * (index - last) / (end - last)));
  const fan = data.forecast && last >= 0 && last < end ? [
    { type: "line", stack: "band", data: ray(data.won[last], data.forecast[0]), symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } },
    { type: "line", stack: "band", data: ray(0, data.forecast[2] - data.forecast[0]), symbol: "none", silent: true, lineStyle: { opacity: 0 },
      areaStyle: { color: colour("--sm-line-2"), opacity: 0.6 }, tooltip: { show: false } },
    { type: "line", data: ray(data.won[last], data.forecast[1]), symbol: "none", lineStyle: { color: ink, type: [1.5, 3], width: 1.75 },
      endLabel: { show: true, formatter: (point) => label(point.value), color: ink, fontWeight: 600, fontSize: 11.5, offset: shifted(wanted <= foreseen) }, labelLayout: { moveOverlap: "shiftY" } },
  ] : [];
  return {
    animation: false, aria: { enabled: false },
    textStyle: { fontFamily: "Inter Variable", fontSize: 11.5, color: quiet },
    grid: { left: 4, right: 56, top: 22, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", confine: true, backgroundColor: colour("--sm-surface"), borderColor: colour("--sm-line-2"),
      textStyle: { color: ink, fontSize: 12.5 }, valueFormatter: (value) => value == null ? "–" : label(value), renderMode: "richText" },
    xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--sm-line-2") } },
      axisLabel: { color: quiet, hideOverlap: true, alignMinLabel: "left" } },
    yAxis: { type: "value", min: 0, splitNumber: 4, splitLine: { lineStyle: { color: colour("--sm-line") } }, axisLabel: { color: quiet, formatter: label } },
    series: [...fan, ...objective, {
      type: "line", step: "end", data: data.won, itemStyle: { color: ink }, lineStyle: { color: ink, width: 2.5 },
      showAllSymbol: true, symbol: (_value, point) => (point.dataIndex === last ? "circle" : "none"), symbolSize: 8,
      label: { show: true, position: "top", distance: 8, color: ink, fontWeight: 600, fontSize: 12,
        formatter: (point) => (point.dataIndex === last ? label(point.value) : "") },
    }],
  };
}

const drawings = { revenue };

function draw(box) {
  const source = document.getElementById(`chart-${box.dataset.chart}`);
  if (!source || box.hidden || !globalThis.echarts) return;
  const chart = globalThis.echarts.getInstanceByDom(box) ?? globalThis.echarts.init(box, null, { renderer: "svg" });
  chart.setOption(drawings[box.dataset.chart](JSON.parse(source.textContent)), true);
  chart.resize();
}

const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

function show(group, view) {
  for (const part of group.querySelectorAll("[data-view]")) part.hidden = part.dataset.view !== view;
  for (const button of group.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === view));
  drawAll();
}

function remembered() {
  try {
    return localStorage.getItem(KEPT) ?? "chart";
  } catch {
    return "chart"; // a browser that forbids storage draws the chart
  }
}

export function attach(root) {
  if (!globalThis.echarts) return;
  for (const group of root.querySelectorAll("[data-switch]:not([data-switched])")) {
    group.dataset.switched = "";
    group.querySelector("[data-switch-buttons]").hidden = false;
    group.addEventListener("click", (event) => {
      const view = event.target.closest("[data-show]")?.dataset.show;
      if (!view) return;
      try {
        localStorage.setItem(KEPT, view);
      } catch {
        // not remembered, still shown
      }
      show(group, view);
    });
    show(group, remembered());
  }
}

function toggleAll() {
  for (const group of document.querySelectorAll("[data-switch]")) {
    const shown = group.querySelector("[data-show][aria-pressed=true]")?.dataset.show;
    group.querySelector(`[data-show=${shown === "chart" ? "table" : "chart"}]`)?.click();
  }
}

export function start() {
  // the library is deferred behind this module: at the first attach it is not there yet
  addEventListener("load", () => attach(document));
  addEventListener("resize", drawAll);
  document.fonts?.ready.then(drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  document.addEventListener("keydown", (event) => {
    const free = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey && document.body.dataset.keys !== "off";
    if (free && event.key.toLowerCase() === "t" && !event.target.closest("input, textarea, select, dialog[open]")) toggleAll();
  });
}
