// <wp-condition>: rows of field, comparison and value, in groups of all, any or none.

import { say } from "../words.js";
import { comparisons, fieldName, fieldOf } from "./directory.js";
import { changed, h, options } from "./dom.js";
import { fromWire, toWire } from "./tree.js";
import { carried, freshValue, picker } from "./values.js";

/** @typedef {import("./tree.js").Group} Group */
/** @typedef {import("./tree.js").Row} Row */

export class Condition extends HTMLElement {
  /** @type {import("./directory.js").Directory | null} */
  directory = null;
  /** Where the condition stands in the role. */
  path = "where";
  /** @type {Group} */
  root = { kind: "all", parts: [] };

  /** @returns {any} the condition in wire form */
  get value() {
    return toWire(this.root, this.path);
  }

  set value(form) {
    this.root = fromWire(form);
    this.render();
  }

  get known() {
    if (!this.directory) throw new Error("a condition needs a directory first");
    return this.directory;
  }

  render() {
    toWire(this.root, this.path);
    this.replaceChildren(this.group(this.root, null));
  }

  /** Draw anew after a row came or went, and say that the value changed. */
  redrawn() {
    this.render();
    changed(this);
  }

  /**
   * @param {Group} group
   * @param {Group | null} parent
   * @returns {HTMLElement}
   */
  group(group, parent) {
    const kinds = /** @type {[string, string][]} */ (["all", "any", "none"].map((kind) => [kind, say(`build.group.${kind}`)]));
    const kind = h("select", { "aria-label": say("build.group"), onchange: (/** @type {Event} */ event) => {
      event.stopPropagation();
      group.kind = /** @type {any} */ (/** @type {HTMLSelectElement} */ (event.target).value);
      changed(this);
    } }, ...options(kinds, group.kind));
    const head = group.parts.length || parent ? h("div", { className: "row middle" }, kind, parent && this.remover(group, parent, say("build.group"))) : null;
    return h("div", { className: "group", "data-path": group.path },
      head,
      ...group.parts.map((part) => ("kind" in part ? this.group(part, group) : this.row(part, group))),
      h("div", { className: "row" },
        h("button", { type: "button", className: "quiet", onclick: () => this.add(group) }, `+ ${say("build.cond_add")}`),
        h("button", { type: "button", className: "quiet", onclick: () => this.addGroup(group) }, `+ ${say("build.group_add")}`)));
  }

  /** @param {Group} group */
  add(group) {
    const field = this.known.fields.find((each) => each.path === "deal.tags") ?? this.known.fields[0];
    const op = field.ops[0];
    group.parts.push({ field: field.path, op, value: freshValue(this.known, field, op), negated: false });
    this.redrawn();
    const rows = this.querySelectorAll(".condition select");
    const selects = Array.from(rows).filter((each) => each.classList.contains("field"));
    /** @type {HTMLElement | undefined} */ (selects.at(-1))?.focus();
  }

  /** @param {Group} group */
  addGroup(group) {
    group.parts.push({ kind: "any", parts: [] });
    this.redrawn();
  }

  /**
   * @param {Row | Group} part
   * @param {Group} parent
   * @param {string} name
   */
  remover(part, parent, name) {
    return h("button", { type: "button", className: "quiet icon", "aria-label": say("build.remove", { name }), onclick: () => {
      parent.parts.splice(parent.parts.indexOf(part), 1);
      this.redrawn();
    } }, "×");
  }

  /**
   * @param {Row} row
   * @param {Group} parent
   */
  row(row, parent) {
    const field = fieldOf(this.known, row.field);
    const form = row.negated ? `not ${row.op}` : row.op;
    const op = h("select", { "aria-label": say("build.op"), onchange: (/** @type {Event} */ event) => this.compare(row, event) },
      ...options(withUnknown(comparisons(field), form), form));
    const value = picker(this.known, field, row.op, row.value, (fresh) => {
      row.value = fresh;
      changed(this);
    });
    value?.addEventListener("change", (event) => event.stopPropagation());
    return h("div", { className: "condition row middle", "data-path": row.path },
      this.fields(row), op, value,
      row.negated && row.op !== "is_set" ? h("span", { className: "hint" }, say("build.empty_note")) : null,
      this.remover(row, parent, fieldName(field)));
  }

  /** @param {Row} row */
  fields(row) {
    const groups = ["deal", "contact", "company", "task"].map((entity) => {
      const own = this.known.fields.filter((each) => each.path.startsWith(`${entity}.`));
      return h("optgroup", { label: say(`build.entity.${entity}`) }, ...options(own.map((each) => [each.path, fieldName(each)]), row.field));
    });
    const unknown = this.known.fields.some((each) => each.path === row.field) ? [] : options([[row.field, row.field]], row.field);
    return h("select", { className: "field", "aria-label": say("build.field"), onchange: (/** @type {Event} */ event) => {
      event.stopPropagation();
      row.field = /** @type {HTMLSelectElement} */ (event.target).value;
      const field = fieldOf(this.known, row.field);
      if (!field.ops.includes(row.op)) [row.op, row.negated] = [field.ops[0], false];
      row.value = freshValue(this.known, field, row.op);
      this.redrawn();
    } }, ...unknown, ...groups);
  }

  /**
   * @param {Row} row
   * @param {Event} event
   */
  compare(row, event) {
    event.stopPropagation();
    const form = /** @type {HTMLSelectElement} */ (event.target).value;
    const negated = form.startsWith("not ");
    const op = negated ? form.slice(4) : form;
    row.value = carried(this.known, fieldOf(this.known, row.field), row.op, op, row.value);
    [row.op, row.negated] = [op, negated];
    this.redrawn();
  }
}

/**
 * @param {[string, string][]} pairs
 * @param {string} chosen
 * @returns {[string, string][]}
 */
function withUnknown(pairs, chosen) {
  return pairs.some(([value]) => value === chosen) ? pairs : [...pairs, [chosen, chosen]];
}

customElements.define("wp-condition", Condition);
