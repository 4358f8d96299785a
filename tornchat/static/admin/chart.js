/** Values as the paths of a chart, just as the server draws them. Pure; it knows no DOM. */

/**
 * The round number that the top of a scale shows: 1, 2 or 5 of its power of ten, never below `least`.
 * @param {number} value
 * @param {number} [least]
 */
export function niceTop(value, least = 1) {
  if (!(value > least)) return least;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value * 0.999_999) ?? 10;
  return step * power;
}

/**
 * A line from the oldest value to the newest, left to right; a value that is null breaks it.
 * @param {readonly (number | null)[]} values
 * @param {{width: number, height: number, top: number, slots?: number}} box  slots: how many values
 *   the whole width stands for; fewer values leave the left empty
 */
export function linePath(values, { width, height, top, slots = values.length }) {
  const step = width / Math.max(1, slots - 1);
  const left = width - step * (values.length - 1);
  let path = "";
  let pen = false;
  values.forEach((value, index) => {
    if (value !== null) path += `${pen ? "L" : "M"}${short(left + index * step)} ${short(height - (Math.min(value, top) / top) * height)}`;
    pen = value !== null;
  });
  return path;
}

/**
 * The same, closed along the bottom: the ground below the line.
 * @param {readonly (number | null)[]} values
 * @param {{width: number, height: number, top: number, slots?: number}} box
 */
export function areaPath(values, box) {
  const lines = linePath(values, box).split("M").slice(1);
  return lines.map((line) => `M${line}L${lastX(line)} ${box.height}L${firstX(line)} ${box.height}Z`).join("");
}

/** @param {string} line */
function firstX(line) {
  return line.split(" ")[0];
}

/** @param {string} line */
function lastX(line) {
  return line.split("L").at(-1)?.split(" ")[0];
}

/** @param {number} value */
function short(value) {
  return Math.round(value * 10) / 10;
}
