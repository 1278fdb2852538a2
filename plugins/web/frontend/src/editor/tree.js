// Conditions as rows and groups, and their wire form: the same tree, told in two ways.

import { NEGATED } from "./directory.js";

/**
 * @typedef {{field: string, op: string, value: any, negated: boolean, path?: string}} Row
 * @typedef {{kind: "all" | "any" | "none", parts: (Row | Group)[], path?: string}} Group
 */

/**
 * Read a condition from the wire.
 * @param {any} form
 * @returns {Group}
 */
export function fromWire(form) {
  if (form === null || form === undefined) return { kind: "all", parts: [] };
  const part = partOf(form);
  return "kind" in part ? part : { kind: "all", parts: [part] };
}

/**
 * @param {any} form
 * @returns {Row | Group}
 */
function partOf(form) {
  if ("all" in form) return { kind: "all", parts: form.all.map(partOf) };
  if ("any" in form) return { kind: "any", parts: form.any.map(partOf) };
  if (!("not" in form)) return { field: form.field, op: form.op, value: form.value, negated: false };
  const inner = form.not;
  if ("any" in inner) return { kind: "none", parts: inner.any.map(partOf) };
  const part = partOf(inner);
  if (!("kind" in part) && !part.negated && NEGATED.has(part.op)) return { ...part, negated: true };
  return { kind: "none", parts: [part] };
}

/**
 * Write a condition for the wire, and note in every row and group where it stands there.
 * @param {Group} group
 * @param {string} [path]
 * @returns {any} null for a condition without parts at its root
 */
export function toWire(group, path = "where") {
  group.path = path;
  if (group.parts.length === 0 && group.kind !== "any") return null;
  return writeGroup(group, path);
}

/**
 * @param {Group} group
 * @param {string} path
 */
function writeGroup(group, path) {
  group.path = path;
  const name = group.kind === "all" ? "all" : "any";
  const inside = group.kind === "none" ? `${path}.not` : path;
  const parts = group.parts.map((part, number) => writePart(part, `${inside}.${name}[${number}]`));
  return group.kind === "none" ? { not: { any: parts } } : { [name]: parts };
}

/**
 * @param {Row | Group} part
 * @param {string} path
 * @returns {any}
 */
function writePart(part, path) {
  if ("kind" in part) return writeGroup(part, path);
  part.path = path;
  const leaf = { field: part.field, op: part.op, value: part.value };
  return part.negated ? { not: leaf } : leaf;
}
