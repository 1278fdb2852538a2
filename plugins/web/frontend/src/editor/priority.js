// <wp-priority>: one priority of a role, folded to a sentence or open with all its settings.

import { say } from "../words.js";
import "./condition.js";
import { fieldName } from "./directory.js";
import { changed, freshId, h, options } from "./dom.js";
import "./people.js";

/** @typedef {import("./condition.js").Condition} ConditionElement */
/** @typedef {import("./people.js").People} PeopleElement */

export class Priority extends HTMLElement {
  /** @type {import("./directory.js").Directory | null} */
  directory = null;
  /** @type {any} */
  form = {};
  /** Where it stands in the role. */
  path = "priorities[0]";
  /** @type {string[]} names of the role's intervals */
  intervals = [];

  /** @returns {any} */
  get value() {
    const where = this.condition?.value ?? this.form.where ?? null;
    const queue = this.form.common_queue;
    const pool = queue && typeof queue.from === "object" && this.pool ? this.pool.value : queue?.from;
    return { ...this.form, where, common_queue: queue ? { ...queue, from: pool } : null };
  }

  set value(form) {
    this.form = structuredClone(form);
    this.render();
  }

  /** @param {string} path */
  stand(path) {
    this.path = path;
    this.dataset.path = path;
    for (const part of this.querySelectorAll("[data-part]")) part.setAttribute("data-path", `${path}.${part.getAttribute("data-part")}`);
    if (!this.condition) return;
    this.condition.path = `${path}.where`;
    void this.condition.value;
    for (const part of this.condition.querySelectorAll("[data-path]")) {
      part.setAttribute("data-path", `${path}.where${part.getAttribute("data-path")?.replace(/^.*?\.?where/, "")}`);
    }
  }

  render() {
    const body = freshId();
    this.summary = h("span", { className: "sentence" });
    this.fits = h("span", { className: "hint fits" });
    this.toggle = h("button", { type: "button", className: "quiet unfold", "aria-expanded": "false", "aria-controls": body, onclick: () => this.unfold(this.body?.hidden) },
      h("b", { className: "title" }, this.form.name));
    this.body = h("div", { id: body, className: "settings", hidden: true });
    this.replaceChildren(
      h("div", { className: "priority-head" },
        h("button", { type: "button", className: "handle icon quiet", "aria-label": say("build.move", { name: this.form.name }) }, "⠿"),
        h("div", { className: "grow" }, this.toggle, this.summary, this.fits),
        h("button", { type: "button", className: "quiet icon remove", "aria-label": say("build.remove", { name: this.form.name }), onclick: () => this.dispatchEvent(new CustomEvent("removed", { bubbles: true })) }, "×")),
      this.body);
    this.summary.addEventListener("click", () => this.unfold(this.body?.hidden));
  }

  /** @param {boolean | undefined} open */
  unfold(open) {
    if (!this.body) return;
    if (open && !this.body.childElementCount) this.fill();
    this.body.hidden = !open;
    this.toggle?.setAttribute("aria-expanded", String(Boolean(open)));
  }

  /**
   * Change a setting and say so.
   * @param {string} name
   * @param {any} value
   */
  set(name, value) {
    this.form[name] = value;
    changed(this);
  }

  // -- the settings ------------------------------------------------------------------------------------------

  fill() {
    this.body?.replaceChildren(
      h("label", { "data-part": "name" }, say("build.priority_name"), h("input", { className: "priority-name", value: this.form.name, oninput: (/** @type {any} */ event) => this.rename(event.target.value) })),
      this.types(), this.when(), this.where(), this.first(), this.order(), this.common());
    this.body?.addEventListener("change", (/** @type {Event} */ event) => {
      if (event.target !== this.condition && event.target !== this.pool) event.stopPropagation();
    });
    this.stand(this.path);
  }

  /** @param {string} name */
  rename(name) {
    const place = this.toggle?.querySelector(".title");
    if (place) place.textContent = name;
    this.set("name", name);
  }

  types() {
    const chosen = new Set(this.form.task_types);
    const boxes = (this.directory?.task_types ?? []).map((each) => check(each.name, chosen.has(each.id), (on) => {
      if (on) chosen.add(each.id);
      else chosen.delete(each.id);
      this.set("task_types", [...chosen].sort());
    }));
    return part("task_types", say("build.task_types"), h("div", { className: "checks" }, ...boxes));
  }

  when() {
    const name = freshId();
    const some = this.form.intervals !== null;
    const chosen = new Set(this.form.intervals ?? []);
    const names = [...new Set([...this.intervals, ...chosen])];
    const boxes = h("div", { className: "checks", hidden: !some }, ...names.map((id) => check(id, chosen.has(id), (on) => {
      if (on) chosen.add(id);
      else chosen.delete(id);
      this.set("intervals", names.filter((each) => chosen.has(each)));
    })));
    const radio = (/** @type {boolean} */ limited, /** @type {string} */ text) =>
      h("label", { className: "check" }, h("input", { type: "radio", name, checked: limited === some, onchange: () => {
        boxes.hidden = !limited;
        this.set("intervals", limited ? names.filter((each) => chosen.has(each)) : null);
      } }), text);
    this.whenPlace = part("intervals", say("build.intervals"), radio(false, say("build.intervals_all")), radio(true, say("build.intervals_some")), boxes);
    return this.whenPlace;
  }

  /**
   * Follow the role's intervals: their names are what is chosen from.
   * @param {string[]} names
   * @param {{old: string, fresh: string} | null} [renamed]
   */
  follow(names, renamed = null) {
    this.intervals = names;
    if (this.form.intervals) {
      if (renamed) this.form.intervals = this.form.intervals.map((/** @type {string} */ each) => (each === renamed.old ? renamed.fresh : each));
      this.form.intervals = this.form.intervals.filter((/** @type {string} */ each) => names.includes(each));
    }
    const old = this.whenPlace;
    if (old?.isConnected) {
      old.replaceWith(this.when());
      this.stand(this.path);
    }
  }

  where() {
    this.condition = /** @type {ConditionElement} */ (h("wp-condition", {}));
    this.condition.directory = this.directory;
    this.condition.path = `${this.path}.where`;
    this.condition.value = this.form.where ?? null;
    this.condition.addEventListener("change", () => {
      if (this.condition) this.form.where = this.condition.value;
    });
    return part("where", say("build.where"), this.condition);
  }

  first() {
    const pairs = /** @type {[string, string][]} */ (["overdue", "today"].map((each) => [each, say(`build.first.${each}`)]));
    return h("label", { "data-part": "first" }, say("build.first"),
      h("select", { className: "first", onchange: (/** @type {any} */ event) => this.set("first", event.target.value) }, ...options(pairs, this.form.first)));
  }

  order() {
    const place = h("div", { className: "orders" });
    const fields = (this.directory?.fields ?? []).filter((each) => ["number", "date", "datetime"].includes(each.type));
    const show = () => {
      const rows = this.form.order.map((/** @type {any} */ key, /** @type {number} */ number) => h("div", { className: "row middle", "data-part": `order[${number}]` },
        h("select", { "aria-label": say("build.field"), onchange: (/** @type {any} */ event) => { key.field = event.target.value; this.set("order", this.form.order); } },
          ...options(known(fields, key.field), key.field)),
        h("select", { "aria-label": say("build.order"), onchange: (/** @type {any} */ event) => { key.direction = event.target.value; this.set("order", this.form.order); } },
          ...options([["asc", say("build.asc")], ["desc", say("build.desc")]], key.direction)),
        h("button", { type: "button", className: "quiet icon", "aria-label": say("build.remove", { name: key.field }), onclick: () => { this.form.order.splice(number, 1); show(); this.set("order", this.form.order); } }, "×")));
      const add = h("button", { type: "button", className: "quiet", onclick: () => {
        this.form.order.push({ by: "field", field: fields[0]?.path ?? "deal.price", direction: "desc" });
        show();
        this.set("order", this.form.order);
      } }, `+ ${say("build.order_add")}`);
      place.replaceChildren(...rows, add);
    };
    show();
    return part("order", say("build.order"), place);
  }

  common() {
    const more = h("div", {}, this.source(), this.transfer());
    more.hidden = !this.form.common_queue;
    const box = check(say("build.common"), Boolean(this.form.common_queue), (on) => {
      this.set("common_queue", on ? { from: "anyone", transfer_linked: false } : null);
      more.replaceChildren(this.source(), this.transfer());
      more.hidden = !on;
    });
    box.querySelector("input").className = "common";
    return part("common_queue", say("build.common"), box, h("p", { className: "hint" }, say("build.common_hint")), more);
  }

  source() {
    const queue = this.form.common_queue ?? { from: "anyone" };
    const kind = typeof queue.from === "string" ? queue.from : "list";
    this.pool = /** @type {PeopleElement} */ (h("wp-people", { hidden: kind !== "list" }));
    this.pool.directory = this.directory;
    this.pool.value = kind === "list" ? queue.from : { users: [], groups: [] };
    const pairs = /** @type {[string, string][]} */ (["anyone", "members", "list"].map((each) => [each, say(`build.from_${each}`)]));
    const choose = h("select", { "aria-label": say("build.common"), onchange: (/** @type {any} */ event) => {
      const own = event.target.value === "list";
      if (this.pool) this.pool.hidden = !own;
      this.set("common_queue", { ...this.form.common_queue, from: own ? this.pool?.value : event.target.value });
    } }, ...options(pairs, kind));
    return h("div", {}, choose, this.pool);
  }

  transfer() {
    return check(say("build.transfer"), Boolean(this.form.common_queue?.transfer_linked), (on) => this.set("common_queue", { ...this.form.common_queue, transfer_linked: on }));
  }
}

/**
 * @param {import("./directory.js").FieldChoice[]} fields
 * @param {string} path
 * @returns {[string, string][]}
 */
function known(fields, path) {
  const pairs = fields.map((each) => /** @type {[string, string]} */ ([each.path, fieldName(each)]));
  return pairs.some(([each]) => each === path) ? pairs : [...pairs, [path, path]];
}

/**
 * @param {string} name
 * @param {string} title
 * @param {...Node} children
 */
function part(name, title, ...children) {
  return h("fieldset", { "data-part": name }, h("legend", {}, title), ...children);
}

/**
 * @param {string} text
 * @param {boolean} checked
 * @param {(on: boolean) => void} set
 */
function check(text, checked, set) {
  return h("label", { className: "check" }, h("input", { type: "checkbox", checked, onchange: (/** @type {any} */ event) => set(event.target.checked) }), text);
}

customElements.define("wp-priority", Priority);
