// <wp-dates>: days off, one chip a day.

import { say } from "../words.js";
import { changed, h } from "./dom.js";

export class Dates extends HTMLElement {
  /** @type {string[]} */
  dates = [];

  /** @returns {string[]} */
  get value() {
    return [...this.dates];
  }

  set value(dates) {
    this.dates = [...new Set(dates)].sort();
    this.render();
  }

  render() {
    const locale = document.documentElement.lang;
    const chips = this.dates.map((date) => {
      const name = new Date(`${date}T12:00:00Z`).toLocaleDateString(locale, { day: "numeric", month: "short", year: "numeric", weekday: "short", timeZone: "UTC" });
      return h("span", { className: "chip" }, name, h("button", { type: "button", className: "quiet chip-x", "aria-label": say("build.remove", { name }), onclick: () => {
        this.value = this.dates.filter((each) => each !== date);
        changed(this);
      } }, "×"));
    });
    const field = h("input", { type: "date", "aria-label": say("build.date_add"), onchange: (/** @type {Event} */ event) => event.stopPropagation() });
    const add = h("button", { type: "button", onclick: () => {
      if (!field.value) return;
      this.value = [...this.dates, field.value];
      changed(this);
      this.querySelector("input")?.focus();
    } }, `+ ${say("build.date_add")}`);
    this.replaceChildren(h("span", { className: "chips" }, ...chips), h("span", { className: "row" }, field, add));
  }
}

customElements.define("wp-dates", Dates);
