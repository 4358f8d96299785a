/**
 * Puts new figures into the dashboard: numbers, tiles and charts, in place.
 *
 * @typedef {{series: (number | null)[][], top: number, scale?: string[], slots?: number}} Chart
 * @typedef {{values?: Record<string, string>, charts?: Record<string, Chart>}} Figures
 */

import { areaPath, linePath } from "./chart.js";

/** @param {unknown} data  of a `figures` event */
export function redraw(data) {
  const { values = {}, charts = {} } = /** @type {Figures} */ (data ?? {});
  for (const element of document.querySelectorAll("[data-figure]")) {
    const text = values[/** @type {HTMLElement} */ (element).dataset.figure ?? ""];
    if (text !== undefined && element.textContent !== text) element.textContent = text;
  }
  for (const [name, chart] of Object.entries(charts)) {
    for (const svg of document.querySelectorAll(`svg[data-chart="${CSS.escape(name)}"]`)) draw(svg, chart);
  }
}

/**
 * @param {Element} svg
 * @param {Chart} chart
 */
function draw(svg, { series, top, scale, slots }) {
  const [, , width, height] = (svg.getAttribute("viewBox") ?? "0 0 1 1").split(" ").map(Number);
  const box = { width, height, top, slots };
  series.forEach((values, index) => {
    svg.querySelector(`.line.s${index + 1}, .line:not([class*=" s"])`)?.setAttribute("d", linePath(values, box));
    svg.querySelector(`.area.s${index + 1}, .area:not([class*=" s"])`)?.setAttribute("d", areaPath(values, box));
  });
  const marks = svg.parentElement?.querySelectorAll(".scale span") ?? [];
  for (const [index, mark] of [...marks].entries()) if (scale?.[index] !== undefined) mark.textContent = scale[index];
}
