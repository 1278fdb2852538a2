// Which picker a value gets, and how its text becomes a value on the wire.

import assert from "node:assert/strict";
import { test } from "node:test";

import { pickerOf } from "../src/editor/directory.js";
import { carried, freshValue, shownValue, wireValue } from "../src/editor/values.js";
import { isSame } from "../src/live.js";
import { sums } from "../src/chart.js";
import { problemOf } from "../src/api.js";

const field = (/** @type {string} */ type, options = null) => ({ path: "deal.x", name: "X", type, ops: [], options });
const directory = /** @type {any} */ ({ ops: { eq: "scalar", in: "scalars", ge: "ordered", lt: "ordered", between: "range", days: "day range", is_set: "true", has_any: "texts" }, users: [], task_types: [{ id: "1", name: "Call" }], fields: [], tags: {}, zone: "Europe/Moscow" });

test("every operand and type has its picker", () => {
  assert.equal(pickerOf(field("number"), "ordered"), "number");
  assert.equal(pickerOf(field("datetime"), "range"), "range of instant");
  assert.equal(pickerOf(field("option"), "scalars"), "choices");
  assert.equal(pickerOf(field("texts"), "texts"), "several");
  assert.equal(pickerOf(field("date"), "day range"), "days");
  assert.equal(pickerOf(field("boolean"), "true"), "nothing");
});

test("a fresh comparison has a value that may be published, where there is one to choose", () => {
  assert.equal(freshValue(directory, field("task_type"), "eq"), "1");
  assert.deepEqual(freshValue(directory, field("date"), "days"), [0, 0]);
  assert.equal(freshValue(directory, field("number"), "is_set"), true);
});

test("a value stays when the new comparison can hold it", () => {
  assert.equal(carried(directory, field("number"), "ge", "lt", 5), 5);
  assert.deepEqual(carried(directory, field("number"), "ge", "between", 5), [null, null]);
});

test("dates and instants carry their kind, instants in the account's zone both ways", () => {
  assert.deepEqual(wireValue("date", "2026-11-24", "UTC"), { date: "2026-11-24" });
  const instant = wireValue("instant", "2026-11-24T10:40", "Europe/Moscow");
  assert.deepEqual(instant, { instant: "2026-11-24T07:40:00Z" });
  assert.equal(shownValue("instant", instant, "Europe/Moscow"), "2026-11-24T10:40");
  assert.equal(wireValue("number", "1.5", "UTC"), 1.5);
});

test("a part of a page is swapped only when it changed", () => {
  const part = (/** @type {string | null} */ state) => /** @type {any} */ ({ getAttribute: () => state });
  assert.equal(isSame(part("a"), part("a")), true);
  assert.equal(isSame(part("a"), part("b")), false);
  assert.equal(isSame(null, part("a")), false);
  assert.equal(isSame(part(null), part(null)), false);
});

test("the chart adds the quarters of an hour up, from nothing", () => {
  assert.deepEqual(sums([[0, 2, 1], [900, 0, 1]]), [[0, 900, 1800], [0, 2, 2], [0, 1, 2]]);
  assert.deepEqual(sums([]), [[], [], []]);
});

test("a problem keeps its stable name, whatever else came", () => {
  assert.equal(problemOf(409, { type: "urn:workplaces:problem:stale-fence", detail: "x" }).name, "stale-fence");
  assert.equal(problemOf(502, null).name, "other");
});
