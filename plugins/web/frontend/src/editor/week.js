// <wp-week>: weekly intervals, drawn on a grid and typed beside it.

import { say } from "../words.js";
import { changed, h, options } from "./dom.js";
import { DAYS, MINUTES, drawn, freshName, minutesOf, moved, nameFor, ruleOf, simpleRule, spansOf, startDays } from "./spans.js";

/** @typedef {import("./spans.js").Interval} Interval */
/** @typedef {import("./spans.js").Edge} Edge */
/** @typedef {import("./spans.js").Span} Span */

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 70;
const HEIGHT = 288;
const LEFT = 34;
const TOP = 22;
const GRIP = 8;
/** How far a key moves an edge, in minutes; with Shift by the finer step. @type {Record<string, number>} */
const KEYS = { ArrowUp: -30, ArrowLeft: -30, ArrowDown: 30, ArrowRight: 30, PageUp: -120, PageDown: 120 };
const FINE = 5;

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
    const grid = svg("svg", { viewBox: `0 0 ${LEFT + 7 * WIDTH + 1} ${TOP + HEIGHT + 8}`, role: "group", "aria-label": say("build.week_grid"), class: "grid" });
    DAYS.forEach((_, day) => grid.append(text(LEFT + day * WIDTH + WIDTH / 2, 14, say(`build.day.${day}`), "middle")));
    for (let hour = 0; hour <= 24; hour += 3) {
      const y = TOP + (hour / 24) * HEIGHT;
      grid.append(svg("line", { x1: LEFT, x2: LEFT + 7 * WIDTH, y1: y, y2: y, class: "rule" }), text(LEFT - 5, y + 4, String(hour), "end"));
    }
    for (let day = 0; day <= 7; day += 1) grid.append(svg("line", { x1: LEFT + day * WIDTH, x2: LEFT + day * WIDTH, y1: TOP, y2: TOP + HEIGHT, class: "rule" }));
    this.blocks = svg("g", {});
    this.sketch = svg("g", {});
    grid.append(this.blocks, this.sketch);
    grid.addEventListener("pointerdown", (event) => this.press(/** @type {any} */ (event)));
    grid.addEventListener("keydown", (event) => this.nudge(/** @type {any} */ (event)));
    return /** @type {SVGSVGElement} */ (grid);
  }

  showBlocks() {
    const known = this.intervals.map((each, number) => ({ each, number })).filter(({ each }) => complete(each));
    const spans = spansOf(known.map(({ each }) => each)).map((span) => ({ ...span, interval: known[span.interval].number }));
    const blocks = spans.map((span) => rectangle(span, `block tone${span.interval % 4}`));
    /** @type {Set<string>} */
    const reached = new Set();
    const grips = spans.flatMap((span) => span.edges.map((edge) => this.grip(span, edge, reached)));
    this.blocks?.replaceChildren(...blocks, ...grips);
  }

  /**
   * Make what an edge is taken by. Of an interval that is drawn on several days the keyboard reaches the first edge of its kind.
   * @param {Span} span
   * @param {Edge} edge
   * @param {Set<string>} reached
   */
  grip(span, edge, reached) {
    const interval = this.intervals[span.interval];
    const [top, bottom] = [span.start, span.end].map((minute) => TOP + (minute / MINUTES) * HEIGHT);
    const height = Math.min(GRIP, (bottom - top) / 2);
    const place = { x: LEFT + span.day * WIDTH + 3, width: WIDTH - 6, y: edge === "start" ? top : bottom - height, height };
    const made = svg("rect", { ...place, rx: 3, class: "edge", "data-edge": edge, "data-interval": span.interval });
    const key = `${edge} ${span.interval}`;
    const named = { role: "slider", tabindex: 0, "aria-label": say(`build.edge_${edge}`, { name: interval.id }), "aria-orientation": "vertical",
      "aria-valuemin": 0, "aria-valuemax": MINUTES, "aria-valuenow": minutesOf(interval[edge]), "aria-valuetext": interval[edge] };
    set(made, reached.has(key) ? { "aria-hidden": "true" } : named);
    reached.add(key);
    return made;
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
  press(event) {
    const { edge, interval } = /** @type {SVGElement} */ (event.target).dataset;
    event.preventDefault();
    if (edge) this.drag(event, Number(interval), /** @type {Edge} */ (edge));
    else this.draw(event);
  }

  /**
   * Draw a new interval.
   * @param {PointerEvent} event
   */
  draw(event) {
    const from = this.place(event);
    let made = drawn(from, from);
    const move = (/** @type {PointerEvent} */ now) => {
      made = drawn(from, this.place(now));
      this.sketch?.replaceChildren(...spansOf([{ id: "", ...made }]).map((span) => rectangle(span, "block sketch")));
    };
    this.follow(event, move, (done) => {
      this.sketch?.replaceChildren();
      if (done) this.add(made);
    });
  }

  /**
   * Move the edge of an interval that is there.
   * @param {PointerEvent} event
   * @param {number} number
   * @param {Edge} edge
   */
  drag(event, number, edge) {
    const before = { ...this.intervals[number] };
    const move = (/** @type {PointerEvent} */ now) => {
      Object.assign(this.intervals[number], moved(before, edge, this.place(now).minute));
      this.showBlocks();
    };
    this.follow(event, move, (done) => {
      if (done) this.settle(number, edge);
      else Object.assign(this.intervals[number], before);
      if (!done) this.showBlocks();
    });
  }

  /**
   * Follow the pointer until it is let go; `stop` is told whether it was moved far enough to mean it.
   * @param {PointerEvent} event
   * @param {(event: PointerEvent) => void} move
   * @param {(done: boolean) => void} stop
   */
  follow(event, move, stop) {
    const grid = /** @type {SVGSVGElement} */ (this.grid);
    const over = new AbortController();
    const ended = (/** @type {PointerEvent} */ now) => {
      over.abort();
      const far = Math.abs(now.clientX - event.clientX) + Math.abs(now.clientY - event.clientY) > 6;
      stop(now.type === "pointerup" && far);
    };
    grid.setPointerCapture(event.pointerId);
    grid.addEventListener("pointermove", move, over);
    grid.addEventListener("pointerup", ended, over);
    grid.addEventListener("pointercancel", ended, over);
  }

  /**
   * Move an edge by the keyboard.
   * @param {KeyboardEvent} event
   */
  nudge(event) {
    const { edge, interval } = /** @type {SVGElement} */ (event.target).dataset;
    if (!edge || !(event.key in KEYS)) return;
    event.preventDefault();
    const number = Number(interval);
    const which = /** @type {Edge} */ (edge);
    const by = event.shiftKey ? Math.sign(KEYS[event.key]) * FINE : KEYS[event.key];
    const now = this.intervals[number];
    Object.assign(now, moved(now, which, minutesOf(now[which]) + by, event.shiftKey ? FINE : 30));
    this.settle(number, which);
  }

  /**
   * Show everywhere that an edge was moved; it keeps the focus.
   * @param {number} number
   * @param {Edge} edge
   */
  settle(number, edge) {
    this.showRows();
    this.touched();
    /** @type {SVGElement | null | undefined} */ (this.grid?.querySelector(`[tabindex][data-edge=${edge}][data-interval="${number}"]`))?.focus();
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
 * @param {Span} span
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
  set(made, attributes);
  return made;
}

/**
 * @param {Element} element
 * @param {Record<string, string | number>} attributes
 */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
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
