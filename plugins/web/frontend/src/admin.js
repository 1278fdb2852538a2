// The pages of roles: their order and switches, days off, import, and the drawer in which a draft is published.

import { Problem, call } from "./api.js";
import "./editor/dates.js";
import { block } from "./editor/dom.js";
import { sortable } from "./sorting.js";
import { problemWords, say } from "./words.js";

const list = document.getElementById("roles");
const moves = document.getElementById("moves");

/** Say that the draft is another one now. */
function differs() {
  const bar = document.getElementById("draft-bar");
  if (bar) bar.dataset.changed = "true";
}

let last = Promise.resolve(true);

/**
 * Change the draft after what was changed before: two changes at once could overtake each other.
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 */
function change(method, path, body) {
  last = last.then(() => send(method, path, body));
}

/**
 * Change the draft, and say why it did not work when it did not.
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 */
async function send(method, path, body) {
  const status = document.getElementById("save-state");
  try {
    await call(method, path, body);
    differs();
    if (status) status.textContent = say("draft.saved");
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (status) status.textContent = say("draft.unsaved", { detail: problemWords(error) });
    return false;
  }
}

/** @param {HTMLElement} moved */
function reorder(moved) {
  const items = Array.from(list?.children ?? []);
  if (moves) moves.textContent = say("roles.moved", { name: moved.querySelector("b")?.textContent ?? "", place: items.indexOf(moved) + 1, count: items.length });
  change("PUT", "/admin/draft/order", { ids: items.map((each) => each.getAttribute("data-id")) });
}

if (list) sortable(list, reorder);

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement)) return;
  if (field.dataset.switch) {
    field.closest("li")?.classList.toggle("off", !field.checked);
    change("PUT", `/admin/draft/roles/${encodeURIComponent(field.dataset.switch)}/enabled`, { enabled: field.checked });
  }
  if (field.id === "import" && field.files?.[0]) void take(field.files[0]);
});

/** @param {File} file */
async function take(file) {
  const place = document.getElementById("import-error");
  try {
    await call("PUT", "/admin/draft", { policy: JSON.parse(await file.text()) });
    location.assign("/admin/roles");
  } catch (error) {
    if (place) place.textContent = error instanceof Problem ? problemWords(error) : String(error);
  }
}

const days = /** @type {any} */ (document.getElementById("policy-days-off"));
if (days) {
  days.value = block("days-data");
  days.addEventListener("change", () => change("PUT", "/admin/draft/days-off", { days_off: days.value }));
}

// -- the drawer ------------------------------------------------------------------------------------------------

const drawer = /** @type {HTMLDialogElement | null} */ (document.getElementById("drawer"));

/** Wait until what was typed is saved. */
async function settled() {
  while (document.body.dataset.saving !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** @param {string} path */
async function open(path) {
  if (!drawer) return;
  await last;
  await settled();
  const response = await fetch(path, { headers: { "HX-Request": "true" } });
  drawer.innerHTML = await response.text();
  drawer.showModal();
  const first = drawer.querySelector("[data-focus]");
  if (first instanceof HTMLElement) first.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button?.dataset.drawer) void open(button.dataset.drawer);
  if (button?.dataset.close !== undefined) drawer?.close();
});

/** @param {Event} event */
async function published(event) {
  const { detail, target } = /** @type {CustomEvent} */ (event);
  if (!(target instanceof HTMLElement) || target.dataset.publish === undefined) return;
  await call("DELETE", "/admin/draft");
  location.assign(`/admin/versions?published=${detail.version}`);
}

document.addEventListener("sent", (event) => void published(event));
