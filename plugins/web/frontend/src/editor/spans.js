// Intervals of a week: wall times as minutes, what is drawn where, and recurrences that have a simple form.

/**
 * @typedef {{id: string, start: string, end: string, days?: string[], rrule?: string, from?: string}} Interval
 * @typedef {"start" | "end"} Edge
 * @typedef {{day: number, start: number, end: number, interval: number, edges: Edge[]}} Span
 */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SHORT = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
export const MINUTES = 24 * 60;

/** @param {string} text HH:MM */
export function minutesOf(text) {
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

/** @param {number} minutes */
export function wallTime(minutes) {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/**
 * Give the days on which an interval starts in some week.
 * @param {Interval} interval
 * @returns {number[]}
 */
export function startDays(interval) {
  if (interval.days) return interval.days.map((day) => DAYS.indexOf(day));
  const simple = simpleRule(interval.rrule ?? "");
  return simple ? simple.days : [];
}

/**
 * Give what to draw: an interval that crosses midnight is drawn on two days. `edges` are those that are the interval's own.
 * @param {Interval[]} intervals
 * @returns {Span[]}
 */
export function spansOf(intervals) {
  return intervals.flatMap((each, interval) => {
    const [start, end] = [minutesOf(each.start), minutesOf(each.end)];
    if (start === end) return [];
    return startDays(each).flatMap((day) => {
      if (end > start) return [{ day, start, end, interval, edges: /** @type {Edge[]} */ (["start", "end"]) }];
      const spans = [
        { day, start, end: MINUTES, interval, edges: /** @type {Edge[]} */ (["start"]) },
        { day: (day + 1) % 7, start: 0, end, interval, edges: /** @type {Edge[]} */ (["end"]) },
      ];
      return spans.filter((span) => span.end > span.start);
    });
  });
}

/**
 * Move one edge of an interval to a minute of its day, as far as the other edge lets it: it never becomes empty, and what crosses
 * midnight goes on to.
 * @param {{start: string, end: string}} interval
 * @param {Edge} edge
 * @param {number} minute
 * @param {number} [step] the edge comes to lie on a whole number of these
 * @returns {{start: string, end: string}}
 */
export function moved(interval, edge, minute, step = 30) {
  const [start, end] = [minutesOf(interval.start), minutesOf(interval.end)];
  const over = end <= start;
  const [least, most] =
    edge === "start" ? (over ? [end + 1, MINUTES - 1] : [0, end - 1]) : over ? [1, start - 1] : [start + 1, MINUTES];
  const low = Math.ceil(least / step) * step;
  const high = Math.floor(most / step) * step;
  if (low > high) return { start: interval.start, end: interval.end };
  const place = Math.min(high, Math.max(low, Math.round(minute / step) * step));
  return { start: interval.start, end: interval.end, [edge]: wallTime(place) };
}

/**
 * Make an interval of what was drawn: from one day and minute to another, in any direction.
 * @param {{day: number, minute: number}} from
 * @param {{day: number, minute: number}} to
 * @param {number} [step]
 * @returns {{days: string[], start: string, end: string}}
 */
export function drawn(from, to, step = 30) {
  const days = DAYS.slice(Math.min(from.day, to.day), Math.max(from.day, to.day) + 1);
  const start = Math.floor(Math.min(from.minute, to.minute) / step) * step;
  const end = Math.min(MINUTES, Math.max(start + step, Math.ceil(Math.max(from.minute, to.minute) / step) * step));
  return { days, start: wallTime(start), end: wallTime(end) };
}

/**
 * Read a weekly recurrence: every so many weeks on these days; null when it is another one.
 * @param {string} rule
 * @returns {{every: number, days: number[]} | null}
 */
export function simpleRule(rule) {
  const parts = Object.fromEntries(rule.split(";").map((part) => part.split("=")));
  const { FREQ, INTERVAL = "1", BYDAY = "", ...rest } = parts;
  if (FREQ !== "WEEKLY" || Object.keys(rest).length || !BYDAY) return null;
  const days = BYDAY.split(",").map((/** @type {string} */ day) => SHORT.indexOf(day));
  return days.includes(-1) ? null : { every: Number(INTERVAL), days };
}

/**
 * Write a weekly recurrence.
 * @param {number} every
 * @param {number[]} days
 */
export function ruleOf(every, days) {
  return `FREQ=WEEKLY;INTERVAL=${every};BYDAY=${days.map((day) => SHORT[day]).join(",")}`;
}

/**
 * Choose the name of a new interval by when it starts, one that no other has.
 * @param {string} start
 * @param {Iterable<string>} taken
 * @param {(key: string) => string} say
 */
export function nameFor(start, taken, say) {
  const hour = Math.floor(minutesOf(start) / 60);
  const part = hour < 5 ? "night" : hour < 12 ? "morning" : hour < 17 ? "afternoon" : "evening";
  return freshName(say(`build.name.${part}`), taken);
}

/**
 * Give a name that is not taken yet.
 * @param {string} name
 * @param {Iterable<string>} taken
 */
export function freshName(name, taken) {
  const known = new Set(taken);
  if (!known.has(name)) return name;
  for (let number = 2; ; number += 1) if (!known.has(`${name} ${number}`)) return `${name} ${number}`;
}
