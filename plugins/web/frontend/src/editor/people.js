// <wp-people>: users and groups to tick, with a field that finds names.

import { say } from "../words.js";
import { changed, h } from "./dom.js";

/** @typedef {{users: string[], groups: string[]}} Members */

export class People extends HTMLElement {
  /** @type {import("./directory.js").Directory | null} */
  directory = null;
  /** @type {Members} */
  chosen = { users: [], groups: [] };

  /** @returns {Members} */
  get value() {
    return { users: [...this.chosen.users].sort(), groups: [...this.chosen.groups].sort() };
  }

  set value(members) {
    this.chosen = { users: [...(members.users ?? [])], groups: [...(members.groups ?? [])] };
    this.render();
  }

  render() {
    const find = h("input", { type: "search", placeholder: say("build.filter"), "aria-label": say("build.filter"), oninput: () => this.filter(find.value) });
    find.addEventListener("change", (/** @type {Event} */ event) => event.stopPropagation());
    const lists = [this.list("groups"), this.list("users")];
    this.summary = h("p", { className: "chips", "aria-live": "polite" });
    this.replaceChildren(this.summary, h("details", {}, h("summary", { className: "button" }, `+ ${say("build.add")}`), find, ...lists));
    this.summarize();
  }

  /** @param {"users" | "groups"} kind */
  list(kind) {
    const all = this.directory?.[kind] ?? [];
    const known = all.filter((each) => each.active !== false || this.chosen[kind].includes(each.id));
    const unknown = this.chosen[kind].filter((id) => !all.some((each) => each.id === id)).map((id) => ({ id, name: id, active: true }));
    const boxes = [...known, ...unknown].map((each) =>
      h("label", { className: "check", "data-name": each.name.toLowerCase() },
        h("input", { type: "checkbox", checked: this.chosen[kind].includes(each.id), onchange: (/** @type {Event} */ event) => this.tick(kind, each.id, event) }),
        h("span", {}, each.name, each.active === false ? h("span", { className: "dim" }, ` ${say("build.inactive")}`) : null)));
    return h("div", { className: "ticks", role: "group", "aria-label": say(`build.${kind}`) }, h("b", {}, say(`build.${kind}`)), ...boxes);
  }

  /**
   * @param {"users" | "groups"} kind
   * @param {string} id
   * @param {Event} event
   */
  tick(kind, id, event) {
    event.stopPropagation();
    const others = this.chosen[kind].filter((each) => each !== id);
    this.chosen[kind] = /** @type {HTMLInputElement} */ (event.target).checked ? [...others, id] : others;
    this.summarize();
    changed(this);
  }

  summarize() {
    const names = [...this.named("groups"), ...this.named("users")];
    const chips = names.map((name) => h("span", { className: "chip" }, name));
    this.summary?.replaceChildren(...(chips.length ? chips : [h("span", { className: "dim" }, say("build.nobody"))]));
  }

  /** @param {"users" | "groups"} kind */
  named(kind) {
    const names = new Map((this.directory?.[kind] ?? []).map((each) => [each.id, each.name]));
    return this.chosen[kind].map((id) => names.get(id) ?? id);
  }

  /** @param {string} text */
  filter(text) {
    for (const label of this.querySelectorAll("[data-name]")) {
      /** @type {HTMLElement} */ (label).hidden = !label.getAttribute("data-name")?.includes(text.toLowerCase());
    }
  }
}

customElements.define("wp-people", People);
