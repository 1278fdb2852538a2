// <wp-week>: weekly intervals, drawn on a grid and typed beside it.

import { say } from "../words.js";
import { changed, h, options } from "./dom.js";
import { DAYS, MINUTES, drawn, freshName, nameFor, ruleOf, simpleRule, spansOf, startDays } from "./spans.js";

/** @typedef {import("./spans.js").Interval} Interval */

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 70;
const HEIGHT = 288;
const LEFT = 34;
const TOP = 22;

export class Week extends HTMLElement {
  /** @type {Interval[]} */
  intervals = [];

  /** @returns {Interval[]} */
  get value() {
    return this.intervals.map((each) => ({ ...each }));
  }

  set value(intervals) {
    this.intervals = intervals.map((each) => ({ ...each }));
    this.render();
  }

  render() {
    this.grid = this.drawing();
    this.rows = h("div", { className: "intervals" });
    this.replaceChildren(
      h("div", { className: "week" }, this.grid, this.rows),
      h("p", { className: "hint" }, say("build.week_hint")));
    this.showRows();
    this.showBlocks();
  }

  /** Say that something changed, and draw it. */
  touched() {
    this.showBlocks();
    changed(this);
  }

  // -- the grid ----------------------------------------------------------------------------------------------

  /** @returns {SVGSVGElement} */
  drawing() {
    const grid = svg("svg", { viewBox: `0 0 ${LEFT + 7 * WIDTH + 1} ${TOP + HEIGHT + 8}`, role: "img", "aria-label": say("build.week_grid"), class: "grid" });
    DAYS.forEach((_, day) => grid.append(text(LEFT + day * WIDTH + WIDTH / 2, 14, say(`build.day.${day}`), "middle")));
    for (let hour = 0; hour <= 24; hour += 3) {
      const y = TOP + (hour / 24) * HEIGHT;
      grid.append(svg("line", { x1: LEFT, x2: LEFT + 7 * WIDTH, y1: y, y2: y, class: "rule" }), text(LEFT - 5, y + 4, String(hour), "end"));
    }
    for (let day = 0; day <= 7; day += 1) grid.append(svg("line", { x1: LEFT + day * WIDTH, x2: LEFT + day * WIDTH, y1: TOP, y2: TOP + HEIGHT, class: "rule" }));
    this.blocks = svg("g", {});
    this.sketch = svg("g", {});
    grid.append(this.blocks, this.sketch);
    grid.addEventListener("pointerdown", (event) => this.draw(/** @type {any} */ (event)));
    return /** @type {SVGSVGElement} */ (grid);
  }

  showBlocks() {
    this.blocks?.replaceChildren(...spansOf(this.intervals.filter(complete)).map((span) => rectangle(span, `block tone${span.interval % 4}`)));
  }

  /** @param {PointerEvent} event */
  place(event) {
    const box = /** @type {SVGSVGElement} */ (this.grid).getBoundingClientRect();
    const scale = box.width / (LEFT + 7 * WIDTH + 1);
    const day = Math.floor(((event.clientX - box.left) / scale - LEFT) / WIDTH);
    const minute = (((event.clientY - box.top) / scale - TOP) / HEIGHT) * MINUTES;
    return { day: Math.min(6, Math.max(0, day)), minute: Math.min(MINUTES, Math.max(0, minute)) };
  }

  /** @param {PointerEvent} event */
  draw(event) {
    const grid = /** @type {SVGSVGElement} */ (this.grid);
    const from = this.place(event);
    event.preventDefault();
    grid.setPointerCapture(event.pointerId);
    let made = drawn(from, from);
    const move = (/** @type {PointerEvent} */ moved) => {
      made = drawn(from, this.place(moved));
      this.sketch?.replaceChildren(...spansOf([{ id: "", ...made }]).map((span) => rectangle(span, "block sketch")));
    };
    const stop = (/** @type {PointerEvent} */ ended) => {
      grid.removeEventListener("pointermove", move);
      grid.removeEventListener("pointerup", stop);
      grid.removeEventListener("pointercancel", stop);
      this.sketch?.replaceChildren();
      const far = Math.abs(ended.clientX - event.clientX) + Math.abs(ended.clientY - event.clientY) > 6;
      if (ended.type === "pointerup" && far) this.add(made);
    };
    grid.addEventListener("pointermove", move);
    grid.addEventListener("pointerup", stop);
    grid.addEventListener("pointercancel", stop);
  }

  /** @param {{days: string[], start: string, end: string}} made */
  add(made) {
    const names = this.intervals.map((each) => each.id);
    this.intervals.push({ id: nameFor(made.start, names, say), ...made });
    this.showRows();
    this.touched();
    /** @type {HTMLElement | null | undefined} */ (this.rows?.lastElementChild?.previousElementSibling?.querySelector("input"))?.focus();
  }

  // -- the rows ----------------------------------------------------------------------------------------------

  showRows() {
    const add = h("button", { type: "button", onclick: () => this.add({ days: DAYS.slice(0, 5), start: "09:00", end: "18:00" }) }, `+ ${say("build.interval_add")}`);
    this.rows?.replaceChildren(...this.intervals.map((each, number) => this.row(each, number)), add);
  }

  /**
   * @param {Interval} interval
   * @param {number} number
   */
  row(interval, number) {
    const name = h("input", { value: interval.id, className: "name", onchange: (/** @type {Event} */ event) => this.rename(interval, event) });
    const remove = h("button", { type: "button", className: "quiet icon", "aria-label": say("build.remove", { name: interval.id }), onclick: () => {
      this.intervals.splice(number, 1);
      this.showRows();
      this.touched();
    } }, "×");
    return h("div", { className: `interval tone${number % 4}`, role: "group", "aria-label": interval.id, "data-path": `intervals[${number}]` },
      h("div", { className: "row" },
        h("label", {}, say("build.interval_name"), name),
        h("label", {}, say("build.start"), this.time(interval, "start")),
        h("label", {}, say("build.end"), this.time(interval, "end")),
        remove),
      h("div", { className: "row" }, this.days(interval), this.repeats(interval)),
      this.rule(interval));
  }

  /**
   * @param {Interval} interval
   * @param {Event} event
   */
  rename(interval, event) {
    event.stopPropagation();
    const field = /** @type {HTMLInputElement} */ (event.target);
    const old = interval.id;
    interval.id = freshName(field.value.trim() || old, this.intervals.filter((each) => each !== interval).map((each) => each.id));
    field.value = interval.id;
    this.dispatchEvent(new CustomEvent("renamed", { bubbles: true, detail: { old, fresh: interval.id } }));
    changed(this);
  }

  /**
   * @param {Interval} interval
   * @param {"start" | "end"} end
   */
  time(interval, end) {
    // A plain field: a time field knows no 24:00.
    return h("input", { value: interval[end], className: "short", inputMode: "numeric", pattern: "([01]?[0-9]|2[0-4]):[0-5][0-9]", maxLength: 5,
      onchange: (/** @type {Event} */ event) => {
        event.stopPropagation();
        const field = /** @type {HTMLInputElement} */ (event.target);
        interval[end] = field.value = readTime(field.value) ?? interval[end];
        this.touched();
      } });
  }

  /** @param {Interval} interval */
  days(interval) {
    const chosen = new Set(startDays(interval));
    const boxes = DAYS.map((_, day) =>
      h("label", { className: "day" },
        h("input", { type: "checkbox", checked: chosen.has(day), disabled: !interval.days && !simpleRule(interval.rrule ?? ""), onchange: (/** @type {Event} */ event) => {
          event.stopPropagation();
          if (/** @type {HTMLInputElement} */ (event.target).checked) chosen.add(day);
          else chosen.delete(day);
          setDays(interval, [...chosen].sort((one, other) => one - other));
          this.touched();
        } }), h("span", {}, say(`build.day.${day}`))));
    return h("span", { className: "days", role: "group", "aria-label": say("build.interval_days") }, ...boxes);
  }

  /** @param {Interval} interval */
  repeats(interval) {
    const simple = simpleRule(interval.rrule ?? "");
    const chosen = interval.days ? "1" : simple ? String(simple.every) : "rule";
    const every = ["2", "3", "4"].map((count) => /** @type {[string, string]} */ ([count, say("build.every", { count })]));
    return h("label", {}, say("build.repeats"), h("select", { onchange: (/** @type {Event} */ event) => {
      event.stopPropagation();
      repeat(interval, /** @type {HTMLSelectElement} */ (event.target).value);
      this.showRows();
      this.touched();
    } }, ...options([["1", say("build.weekly")], ...every, ["rule", say("build.rule")]], chosen)));
  }

  /** @param {Interval} interval */
  rule(interval) {
    if (interval.days) return null;
    const set = (/** @type {"rrule" | "from"} */ name) => (/** @type {Event} */ event) => {
      event.stopPropagation();
      interval[name] = /** @type {HTMLInputElement} */ (event.target).value;
      this.touched();
    };
    const own = simpleRule(interval.rrule ?? "") === null;
    return h("div", { className: "row" },
      own ? h("label", {}, say("build.rrule"), h("input", { value: interval.rrule, onchange: set("rrule"), size: 34 })) : null,
      h("label", {}, say("build.from"), h("input", { type: "date", value: interval.from, onchange: set("from") })));
  }
}

/** @param {Interval} interval */
function complete(interval) {
  return readTime(interval.start) !== null && readTime(interval.end) !== null;
}

/**
 * Read a time as people type it; null when it is none.
 * @param {string} text
 */
export function readTime(text) {
  const found = /^\s*(\d{1,2})[:.]?(\d{2})?\s*$/.exec(text);
  if (!found) return null;
  const [hours, minutes] = [Number(found[1]), Number(found[2] ?? 0)];
  if (minutes > 59 || hours * 60 + minutes > MINUTES) return null;
  return `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

/**
 * @param {Interval} interval
 * @param {number[]} days
 */
export function setDays(interval, days) {
  const simple = simpleRule(interval.rrule ?? "");
  if (interval.days) interval.days = days.map((day) => DAYS[day]);
  else if (simple && days.length) interval.rrule = ruleOf(simple.every, days);
}

/**
 * Let an interval repeat every week, every so many weeks, or by a rule of its own.
 * @param {Interval} interval
 * @param {string} how
 * @param {string} [today]
 */
export function repeat(interval, how, today = new Date().toISOString().slice(0, 10)) {
  const days = startDays(interval).length ? startDays(interval) : [0];
  if (how === "1") {
    interval.days = days.map((day) => DAYS[day]);
    delete interval.rrule;
    delete interval.from;
    return;
  }
  delete interval.days;
  interval.rrule = how === "rule" ? "FREQ=MONTHLY;BYDAY=1MO" : ruleOf(Number(how), days);
  interval.from ??= today;
}

/**
 * @param {import("./spans.js").Span} span
 * @param {string} name
 */
function rectangle(span, name) {
  return svg("rect", { x: LEFT + span.day * WIDTH + 3, width: WIDTH - 6, y: TOP + (span.start / MINUTES) * HEIGHT, height: ((span.end - span.start) / MINUTES) * HEIGHT, rx: 4, class: name });
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 */
function svg(tag, attributes) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {string} anchor
 */
function text(x, y, words, anchor) {
  const made = svg("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}

customElements.define("wp-week", Week);
