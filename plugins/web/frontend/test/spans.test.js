// Hours as they are drawn, typed and repeated.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawn, freshName, moved, nameFor, ruleOf, simpleRule, spansOf } from "../src/editor/spans.js";

test("what is drawn in any direction snaps to half hours and is never empty", () => {
  const up = drawn({ day: 4, minute: 775 }, { day: 0, minute: 545 });
  assert.deepEqual(up, { days: ["mon", "tue", "wed", "thu", "fri"], start: "09:00", end: "13:00" });
  assert.deepEqual(drawn({ day: 1, minute: 600 }, { day: 1, minute: 600 }), { days: ["tue"], start: "10:00", end: "10:30" });
  assert.equal(drawn({ day: 6, minute: 1400 }, { day: 6, minute: 1440 }).end, "24:00");
});

test("an interval over midnight is drawn on two days, the last one of the week on the first", () => {
  const spans = spansOf([{ id: "ночь", days: ["sun"], start: "22:00", end: "02:00" }]);
  assert.deepEqual(spans.map(({ day, start, end }) => [day, start, end]), [[6, 1320, 1440], [0, 0, 120]]);
});

test("an interval that ends where it starts is drawn nowhere: it cannot be saved", () => {
  assert.deepEqual(spansOf([{ id: "x", days: ["mon"], start: "09:00", end: "09:00" }]), []);
});

test("a weekly recurrence is read and written, another one is left alone", () => {
  assert.deepEqual(simpleRule(ruleOf(2, [5, 6])), { every: 2, days: [5, 6] });
  assert.deepEqual(simpleRule("FREQ=WEEKLY;BYDAY=MO"), { every: 1, days: [0] });
  for (const rule of ["FREQ=MONTHLY;BYDAY=1MO", "FREQ=WEEKLY;COUNT=3;BYDAY=MO", "FREQ=WEEKLY", ""]) assert.equal(simpleRule(rule), null);
});

test("a new interval is named by the time of day, and never as another one", () => {
  const say = (/** @type {string} */ key) => key.replace("build.name.", "");
  assert.equal(nameFor("09:00", [], say), "morning");
  assert.equal(nameFor("14:00", ["afternoon"], say), "afternoon 2");
  assert.equal(freshName("a", ["a", "a 2"]), "a 3");
});

const DAY = { start: "09:00", end: "13:00" };
const NIGHT = { start: "22:00", end: "02:00" };

test("an edge goes to the nearest half hour, the other one stays", () => {
  assert.deepEqual(moved(DAY, "start", 8 * 60 + 10), { start: "08:00", end: "13:00" });
  assert.deepEqual(moved(DAY, "end", 17 * 60 + 50), { start: "09:00", end: "18:00" });
  assert.deepEqual(moved(DAY, "end", 13 * 60 + 5, 5), { start: "09:00", end: "13:05" });
});

test("an edge stops at the ends of the day and before the other edge", () => {
  assert.equal(moved(DAY, "start", -50).start, "00:00");
  assert.equal(moved(DAY, "end", 2000).end, "24:00");
  assert.equal(moved(DAY, "start", 1000).start, "12:30");
  assert.equal(moved(DAY, "end", 0).end, "09:30");
  assert.equal(moved({ start: "09:10", end: "09:20" }, "end", 0).end, "09:30");
  assert.deepEqual(moved({ start: "23:40", end: "23:50" }, "start", 1430), { start: "23:30", end: "23:50" });
});

test("what crosses midnight goes on to, and an edge that has no room stays", () => {
  assert.deepEqual(moved(NIGHT, "end", 1439), { start: "22:00", end: "21:30" });
  assert.deepEqual(moved(NIGHT, "end", 0), { start: "22:00", end: "00:30" });
  assert.deepEqual(moved(NIGHT, "start", 0), { start: "02:30", end: "02:00" });
  assert.deepEqual(moved(NIGHT, "start", 1440), { start: "23:30", end: "02:00" });
  assert.deepEqual(moved({ start: "23:50", end: "23:40" }, "start", 0), { start: "23:50", end: "23:40" });
});

test("an edge is drawn once, where the interval begins or ends", () => {
  const edges = (/** @type {any} */ interval) => spansOf([{ id: "x", days: ["mon"], ...interval }]).map((span) => span.edges);
  assert.deepEqual(edges(DAY), [["start", "end"]]);
  assert.deepEqual(edges(NIGHT), [["start"], ["end"]]);
});
