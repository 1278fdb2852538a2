// The role editor: gathers the settings into one role, saves it in the draft as somebody types, and shows what is said about it.

import { Problem, call } from "../api.js";
import { sortable } from "../sorting.js";
import { problemWords, say } from "../words.js";
import "./dates.js";
import { block, h } from "./dom.js";
import "./people.js";
import "./priority.js";
import { freshName } from "./spans.js";
import "./week.js";

/** @typedef {import("./priority.js").Priority} PriorityElement */

const PAUSE = 350;
const { role, directory } = block("role-data");
const form = /** @type {HTMLFormElement} */ (document.getElementById("role-form"));
const list = /** @type {HTMLElement} */ (document.getElementById("priorities"));
const status = /** @type {HTMLElement} */ (document.getElementById("save-state"));
const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** @returns {PriorityElement[]} */
function cards() {
  return Array.from(list.querySelectorAll("wp-priority"));
}

/** Give the role as it stands on the page. */
function gathered() {
  return {
    ...role,
    name: at("role-name").value,
    enabled: at("role-enabled").checked,
    timezone: at("role-zone").value || null,
    members: at("members").value,
    days_off: at("days_off").value,
    intervals: at("intervals").value,
    exact_time: at("exact").checked ? { lead_minutes: Number(at("lead").value) } : null,
    priorities: cards().map((card) => card.value),
  };
}

// -- priorities ------------------------------------------------------------------------------------------------

/** @param {any} value */
function addCard(value) {
  const card = /** @type {PriorityElement} */ (document.createElement("wp-priority"));
  card.directory = directory;
  card.intervals = role.intervals.map((/** @type {any} */ each) => each.id);
  card.value = value;
  list.append(h("li", {}, card));
  return card;
}

function renumber() {
  cards().forEach((card, number) => card.stand(`priorities[${number}]`));
}

function addPriority() {
  const taken = cards().map((card) => card.form);
  const name = freshName(say("build.priority_new"), taken.map((each) => each.name));
  const numbers = taken.map((each) => Number(/^p(\d+)$/.exec(each.id)?.[1] ?? 0));
  const card = addCard({ id: `p${Math.max(0, ...numbers) + 1}`, name, intervals: null, task_types: [], where: null, first: "overdue", order: [], common_queue: null });
  card.follow(at("intervals").value.map((/** @type {any} */ each) => each.id));
  renumber();
  card.unfold(true);
  const field = /** @type {HTMLInputElement | null} */ (card.querySelector(".priority-name"));
  field?.focus();
  field?.select();
  save();
}

/** @param {HTMLElement} item */
function announce(item) {
  renumber();
  const all = cards();
  const card = /** @type {PriorityElement} */ (item.querySelector("wp-priority"));
  at("moves").textContent = say("build.moved", { name: card.form.name, place: all.indexOf(card) + 1, count: all.length });
  save();
}

// -- saving ----------------------------------------------------------------------------------------------------

/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;
let sending = Promise.resolve();

function save() {
  clearTimeout(pause);
  status.textContent = say("draft.saving");
  document.body.dataset.saving = "";
  pause = setTimeout(() => {
    pause = undefined;
    sending = sending.then(send);
  }, PAUSE);
}

async function send() {
  try {
    const answer = await call("PUT", `/admin/draft/roles/${encodeURIComponent(role.id)}`, { role: gathered() });
    status.textContent = say("draft.saved");
    await released();
    show(answer);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    status.textContent = say("draft.unsaved", { detail: problemWords(error) });
  }
  if (pause === undefined) delete document.body.dataset.saving;
}

let pressed = false;
document.addEventListener("pointerdown", () => (pressed = true), true);
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => (pressed = false), true);

/** Wait until nobody presses anything: what moves under a pressed pointer loses its click. */
async function released() {
  while (pressed) await new Promise((resolve) => setTimeout(resolve, 30));
  await new Promise((resolve) => setTimeout(resolve, 0));
}

// -- what is said about it -------------------------------------------------------------------------------------

/** @typedef {{path: string, severity: string, text: string}} Remark */

/** @param {{remarks: Remark[], sentences: Record<string, string>, matches: Record<string, {tasks: number, deals: number}>, changed: boolean}} answer */
function show(answer) {
  for (const card of cards()) {
    if (card.summary) card.summary.textContent = answer.sentences[card.form.id] ?? card.summary.textContent;
    const found = answer.matches[card.form.id];
    if (card.fits) card.fits.textContent = found ? say("build.matches", found) : "";
  }
  for (const old of document.querySelectorAll(".remark")) old.remove();
  for (const remark of answer.remarks) place(remark);
  at("draft-bar").dataset.changed = String(answer.changed);
  htmx.trigger("#preview-form", "draft-saved");
}

/**
 * Put a remark beside the setting it concerns: the innermost one on the page.
 * @param {Remark} remark
 */
function place(remark) {
  let path = remark.path;
  let target = null;
  while (path && !target) {
    target = document.querySelector(`[data-path="${CSS.escape(path)}"]`);
    path = path.replace(/(\[\d+\]|\.?[^.[\]]+)$/, "");
  }
  target ??= document.getElementById("role-remarks");
  const hidden = target?.closest(".settings[hidden]");
  if (hidden) target = hidden.parentElement;
  target?.append(h("p", { className: `remark ${remark.severity}`, role: "note" }, h("b", {}, say(`finding.${remark.severity}`)), ` ${remark.text}`));
}

// -- beginning -------------------------------------------------------------------------------------------------

for (const id of ["members", "days_off", "intervals"]) {
  const element = at(id);
  if ("directory" in element) element.directory = directory;
  element.value = role[id];
}
role.priorities.forEach(addCard);
renumber();
show(block("role-answer"));
sortable(list, announce);
at("add-priority").addEventListener("click", addPriority);
list.addEventListener("removed", (event) => {
  /** @type {HTMLElement} */ (event.target).closest("li")?.remove();
  renumber();
  at("add-priority").focus();
  save();
});
at("intervals").addEventListener("renamed", (/** @type {CustomEvent} */ event) => {
  for (const card of cards()) card.follow(at("intervals").value.map((/** @type {any} */ each) => each.id), event.detail);
});
at("intervals").addEventListener("change", () => {
  const names = at("intervals").value.map((/** @type {any} */ each) => each.id);
  for (const card of cards()) if (names.join("\n") !== card.intervals.join("\n")) card.follow(names);
});
form.addEventListener("change", save);
form.addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type !== "search") save();
});
form.addEventListener("submit", (event) => event.preventDefault());
at("exact").addEventListener("change", () => {
  at("lead").disabled = !at("exact").checked;
});
