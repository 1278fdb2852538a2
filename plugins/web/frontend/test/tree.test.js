// What the builder shows and what goes over the wire are one condition.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromWire, toWire } from "../src/editor/tree.js";

const price = { field: "deal.price", op: "ge", value: 150000 };
const vip = { field: "deal.tags", op: "has_any", value: ["vip"] };

test("no condition is an empty builder, and an empty builder is no condition", () => {
  assert.equal(toWire(fromWire(null)), null);
});

test("what the builder wrote it reads as the same", () => {
  const trees = [
    { all: [price, vip] }, { any: [price, { all: [vip, price] }] }, { not: { any: [price, vip] } }, { all: [{ not: vip }] },
    { all: [price, { not: { any: [{ not: { any: [vip] } }] } }] },
  ];
  for (const tree of trees) assert.deepEqual(toWire(fromWire(tree)), tree);
});

test("a single comparison becomes a group of one, which means the same", () => {
  assert.deepEqual(toWire(fromWire(price)), { all: [price] });
});

test("not of a comparison that has a negative is one row, not of another one is a group of none", () => {
  assert.deepEqual(fromWire({ not: vip }).parts, [{ ...vip, negated: true, path: undefined }].map(({ path, ...rest }) => rest));
  assert.equal(fromWire({ not: price }).kind, "none");
  assert.equal(fromWire({ not: { all: [price, vip] } }).kind, "none");
});

test("an empty any stays: it never holds, which is not the same as no condition", () => {
  assert.deepEqual(toWire(fromWire({ any: [] })), { any: [] });
});

test("every row knows its path, so that a remark finds it", () => {
  const group = fromWire({ all: [price, { not: { any: [vip] } }] });
  toWire(group, "priorities[0].where");
  assert.equal(/** @type {any} */ (group.parts[0]).path, "priorities[0].where.all[0]");
  assert.equal(/** @type {any} */ (group.parts[1]).parts[0].path, "priorities[0].where.all[1].not.any[0]");
});
