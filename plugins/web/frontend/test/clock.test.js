// The clock never jumps back, two screens agree, and wall times become the right instants.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { asDistance, asTimer, forget, learn, serverNow, toInstant } from "../src/clock.js";
import { roundLater } from "../src/desk.js";

beforeEach(forget);

test("the server's time goes on with the steady clock of the page, whatever the machine's clock says", () => {
  learn(1_000_000, 500);
  assert.equal(serverNow(1500), 1_001_000);
});

test("an answer that was long on its way does not make the clock jump", () => {
  learn(1_000_000, 500);
  learn(1_000_200, 1500);
  assert.equal(serverNow(2500), 1_002_000);
});

test("a clock that is far off is set right", () => {
  learn(1_000_000, 500);
  learn(1_100_000, 1500);
  assert.equal(serverNow(1500), 1_100_000);
});

test("a timer counts hours only when there are some", () => {
  assert.deepEqual([0, 59.9, 761, 3601, -5].map(asTimer), ["00:00", "00:59", "12:41", "1:00:01", "00:00"]);
});

test("a countdown says minutes, and now when the moment is there", () => {
  /** @param {string} key @param {any} [parts] */
  const say = (key, parts) => (parts ? `in ${parts.time}` : key.replace("desk.", ""));
  assert.deepEqual([0, 540_000, 530_000, 7_200_000].map((each) => asDistance(each, say)), [
    "now", "in 9 minutes", "in 9 minutes", "in 2 hours 0 minutes",
  ]);
});

test("a wall time in a zone becomes its instant, on both sides of a clock change and in the gap", () => {
  assert.equal(toInstant("2026-11-24", "15:30", "Europe/Moscow"), "2026-11-24T12:30:00Z");
  assert.equal(toInstant("2026-03-08", "01:30", "America/New_York"), "2026-03-08T06:30:00Z");
  assert.equal(toInstant("2026-03-08", "03:30", "America/New_York"), "2026-03-08T07:30:00Z");
});

test("in an hour means a round time that is not earlier", () => {
  assert.equal(roundLater(60, Date.parse("2026-11-24T07:41:12Z")), "2026-11-24T08:45:00Z");
});
