// Pickers of values: one small form a kind, each with the value in wire form.

import { say } from "../words.js";
import { toInstant } from "../clock.js";
import { choices, pickerOf, tagsOf } from "./directory.js";
import { freshId, h, options } from "./dom.js";

/** @typedef {import("./directory.js").Directory} Directory */
/** @typedef {import("./directory.js").FieldChoice} FieldChoice */

const PRESETS = ["0 0", "1 1", "-1 -1", "-7 -1", "0 7", " -1", "1 "];

/**
 * Give the value a fresh comparison begins with.
 * @param {Directory} directory
 * @param {FieldChoice} field
 * @param {string} op
 */
export function freshValue(directory, field, op) {
  const picker = pickerOf(field, directory.ops[op]);
  if (picker === "nothing") return true;
  if (picker === "days") return [0, 0];
  if (picker.startsWith("range")) return [null, null];
  if (picker === "choices" || picker === "several") return [];
  if (picker === "choice") return choices(directory, field)[0]?.[0] ?? "";
  if (picker === "boolean") return true;
  if (picker === "number") return 0;
  return "";
}

/**
 * Keep a value when the new comparison can hold it.
 * @param {Directory} directory
 * @param {FieldChoice} field
 * @param {string} before
 * @param {string} after
 * @param {any} value
 */
export function carried(directory, field, before, after, value) {
  const [old, fresh] = [before, after].map((op) => pickerOf(field, directory.ops[op]));
  return old === fresh ? value : freshValue(directory, field, after);
}

/**
 * Make the picker of a value; `set` is told the new value in wire form.
 * @param {Directory} directory
 * @param {FieldChoice} field
 * @param {string} op
 * @param {any} value
 * @param {(value: any) => void} set
 * @returns {HTMLElement | null}
 */
export function picker(directory, field, op, value, set) {
  const kind = pickerOf(field, directory.ops[op]);
  if (kind === "nothing") return null;
  if (kind === "days") return days(value, set);
  if (kind === "boolean") return select([["true", say("build.true")], ["false", say("build.false")]], String(value), (text) => set(text === "true"));
  if (kind === "choice") return select(choices(directory, field), value, set);
  if (kind === "choices") return several(choices(directory, field), value, set);
  if (kind === "several") return texts(directory, field, value, set);
  if (kind.startsWith("range of ")) return range(directory, kind.slice(9), value, set);
  return single(directory, kind, value, set, say("build.value"));
}

/**
 * @param {[string, string][]} pairs
 * @param {string} chosen
 * @param {(value: string) => void} set
 */
function select(pairs, chosen, set) {
  const known = pairs.some(([value]) => value === chosen) ? pairs : [...pairs, /** @type {[string, string]} */ ([chosen, chosen])];
  return h("select", { "aria-label": say("build.value"), onchange: (/** @type {Event} */ event) => set(/** @type {HTMLSelectElement} */ (event.target).value) }, ...options(known, chosen));
}

/**
 * @param {[string, string][]} pairs
 * @param {string[]} chosen
 * @param {(value: string[]) => void} set
 */
function several(pairs, chosen, set) {
  const taken = new Set(chosen);
  const known = [...pairs, ...chosen.filter((each) => !pairs.some(([value]) => value === each)).map((each) => /** @type {[string, string]} */ ([each, each]))];
  const boxes = known.map(([value, text]) =>
    h("label", { className: "check" },
      h("input", { type: "checkbox", checked: taken.has(value), onchange: (/** @type {Event} */ event) => {
        event.stopPropagation();
        if (/** @type {HTMLInputElement} */ (event.target).checked) taken.add(value);
        else taken.delete(value);
        set(known.map(([each]) => each).filter((each) => taken.has(each)));
      } }), text));
  return h("span", { className: "checks", role: "group", "aria-label": say("build.value") }, ...boxes);
}

/**
 * @param {Directory} directory
 * @param {FieldChoice} field
 * @param {any[]} value
 * @param {(value: any[]) => void} set
 */
function texts(directory, field, value, set) {
  const id = freshId();
  const number = field.type === "number";
  const list = tagsOf(directory, field);
  const read = (/** @type {string} */ text) => {
    const parts = text.split(",").map((each) => each.trim()).filter(Boolean);
    return number ? parts.map(Number) : parts;
  };
  const input = h("input", {
    value: value.map((each) => (typeof each === "object" ? Object.values(each)[0] : each)).join(", "),
    placeholder: say("build.tags_hint"), "aria-label": say("build.value"), list: list.length ? id : null, autocomplete: "off",
    oninput: (/** @type {Event} */ event) => set(read(/** @type {HTMLInputElement} */ (event.target).value)),
  });
  return h("span", {}, input, h("datalist", { id }, ...options(list.map((each) => [each, each]))));
}

/**
 * @param {Directory} directory
 * @param {string} kind
 * @param {any[]} value
 * @param {(value: any[]) => void} set
 */
function range(directory, kind, value, set) {
  const bounds = [...value];
  const ends = [0, 1].map((place) =>
    single(directory, kind, bounds[place], (bound) => {
      bounds[place] = bound === "" || Number.isNaN(bound) ? null : bound;
      set([...bounds]);
    }, say(place ? "build.high" : "build.low")));
  return h("span", { className: "row" }, ...ends.map((end, place) => h("label", {}, say(place ? "build.high" : "build.low"), end)));
}

/**
 * One number, date, instant or text.
 * @param {Directory} directory
 * @param {string} kind
 * @param {any} value
 * @param {(value: any) => void} set
 * @param {string} name
 */
function single(directory, kind, value, set, name) {
  const type = { number: "number", date: "date", instant: "datetime-local" }[kind] ?? "text";
  return h("input", {
    type, step: kind === "number" ? "any" : null, "aria-label": name, autocomplete: "off", value: shownValue(kind, value, directory.zone),
    oninput: (/** @type {Event} */ event) => set(wireValue(kind, /** @type {HTMLInputElement} */ (event.target).value, directory.zone)),
  });
}

/**
 * Write a value into a field.
 * @param {string} kind
 * @param {any} value
 * @param {string} zone
 */
export function shownValue(kind, value, zone) {
  if (value === null || value === undefined) return "";
  if (kind === "date") return value.date ?? "";
  if (kind !== "instant") return typeof value === "object" ? "" : String(value);
  if (!value.instant) return "";
  const form = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return form.format(new Date(value.instant)).replace(" ", "T");
}

/**
 * Read a field's text as a value in wire form.
 * @param {string} kind
 * @param {string} text
 * @param {string} zone
 */
export function wireValue(kind, text, zone) {
  if (kind === "number") return text === "" ? "" : Number(text);
  if (kind === "date") return text === "" ? "" : { date: text };
  if (kind === "instant") return text === "" ? "" : { instant: toInstant(text.slice(0, 10), text.slice(11, 16), zone) };
  return text;
}

/**
 * @param {(number | null)[]} value
 * @param {(value: (number | null)[]) => void} set
 */
function days(value, set) {
  const key = value.map((each) => each ?? "").join(" ");
  const place = h("span", { className: "row" });
  /** @param {boolean} own */
  const show = (own) => {
    const names = /** @type {[string, string][]} */ (PRESETS.map((each) => [each, say(`build.days.${each}`)]));
    const presets = select([...names, ["other", say("build.days.other")]], own ? "other" : value.map((each) => each ?? "").join(" "), (text) => {
      if (text !== "other") {
        value = text.split(" ").map((each) => (each === "" ? null : Number(each)));
        set(value);
      }
      show(text === "other");
    });
    place.replaceChildren(presets, ...(own ? [0, 1].map(bound) : []));
  };
  /** @param {number} end */
  const bound = (end) =>
    h("label", {}, say(end ? "build.days_high" : "build.days_low"),
      h("input", { type: "number", step: 1, className: "short", value: value[end] ?? "", oninput: (/** @type {Event} */ event) => {
        const text = /** @type {HTMLInputElement} */ (event.target).value;
        value = value.map((each, place) => (place === end ? (text === "" ? null : Number(text)) : each));
        set(value);
      } }));
  show(!PRESETS.includes(key));
  return place;
}
