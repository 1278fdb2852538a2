// Hours as they are drawn, typed and repeated.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawn, freshName, nameFor, ruleOf, simpleRule, spansOf } from "../src/editor/spans.js";

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
