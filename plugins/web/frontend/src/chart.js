// <wp-day-chart>: how much was taken and finished through the day, added up.

import { say } from "./words.js";

const HEIGHT = 220;

/**
 * Add up the quarters of an hour: at the end of each, how much so far.
 * @param {[number, number, number][]} quarters moment in seconds, taken, finished
 * @returns {[number[], number[], number[]]}
 */
export function sums(quarters) {
  let [taken, finished] = [0, 0];
  /** @type {[number[], number[], number[]]} */
  const columns = [[], [], []];
  if (quarters.length) {
    columns[0].push(quarters[0][0]);
    columns[1].push(0);
    columns[2].push(0);
  }
  for (const [at, more, done] of quarters) {
    [taken, finished] = [taken + more, finished + done];
    columns[0].push(at + 900);
    columns[1].push(taken);
    columns[2].push(finished);
  }
  return columns;
}

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

if (typeof HTMLElement !== "undefined") {
  class DayChart extends HTMLElement {
    connectedCallback() {
      this.draw();
      this.watch = new ResizeObserver(() => this.chart?.setSize({ width: this.clientWidth, height: HEIGHT }));
      this.watch.observe(this);
    }

    disconnectedCallback() {
      this.watch?.disconnect();
      this.chart?.destroy();
    }

    draw() {
      const columns = sums(JSON.parse(this.dataset.quarters ?? "[]"));
      const zone = this.dataset.zone;
      const [ink, line] = [colour("--dim"), colour("--line")];
      const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
      this.setAttribute("role", "img");
      this.setAttribute("aria-label", `${say("board.day")}: ${say("board.taken")} ${columns[1].at(-1) ?? 0}, ${say("board.finished")} ${columns[2].at(-1) ?? 0}`);
      this.chart = new uPlot({
        legend: { live: false }, cursor: { drag: { setScale: false } },
        width: this.clientWidth || 400, height: HEIGHT,
        tzDate: (/** @type {number} */ seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
        scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, Math.max(4, most * 1.1)] } },
        axes: [{ ...axis, values: [[3600, "{HH}:{mm}", null, null, null, null, null, null, 1], [900, "{HH}:{mm}", null, null, null, null, null, null, 1], [60, "{HH}:{mm}", null, null, null, null, null, null, 1]] },
          { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }],
        series: [{ value: "{HH}:{mm}", label: "" },
          { label: say("board.taken"), stroke: colour("--accent"), width: 2, dash: [6, 4], points: { show: false } },
          { label: say("board.finished"), stroke: colour("--good"), width: 2.5, points: { show: false } }],
      }, columns, this);
    }
  }
  customElements.define("wp-day-chart", DayChart);
}
