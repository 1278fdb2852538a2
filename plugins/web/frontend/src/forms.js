// Forms whose fields go to the JSON API: `data-api="POST /api/v1/…"`, then another page or a refresh.

import { Problem, call, newKey } from "./api.js";
import { problemWords } from "./words.js";

/**
 * Read a form as the JSON of its fields; `data-as` says number, list, json or set.
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
export function bodyOf(form) {
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const field of /** @type {HTMLInputElement[]} */ (Array.from(form.elements))) {
    if (!field.name || field.disabled || (field.type === "radio" && !field.checked)) continue;
    if (field.type === "checkbox" && field.dataset.as === "list") {
      body[field.name] ??= [];
      if (field.checked) /** @type {unknown[]} */ (body[field.name]).push(field.value);
    } else if (field.value !== "" || field.dataset.as !== "optional") {
      body[field.name] = valueOf(field.value, field.dataset.as, field);
    }
  }
  return body;
}

/**
 * @param {string} text
 * @param {string | undefined} as
 * @param {{type?: string, checked?: boolean}} field
 */
function valueOf(text, as, field) {
  if (as === "number") return Number(text);
  if (as === "json") return JSON.parse(text);
  if (as === "null") return text === "" ? null : text;
  return field.type === "checkbox" ? field.checked : text;
}

/**
 * Send a form, once however often its button is pressed; what failed keeps its key, so that a second try is the same command.
 * @param {HTMLFormElement} form
 */
export async function send(form) {
  if (form.dataset.sending) return;
  if (form.dataset.sure && !window.confirm(form.dataset.sure)) return;
  const [method, path] = (form.dataset.api ?? "").split(" ");
  const empty = method === "DELETE" || !Array.from(form.elements).some((each) => /** @type {any} */ (each).name);
  form.dataset.sending = form.dataset.key ??= newKey();
  const restore = showBusy(form);
  showError(form, "");
  try {
    const answer = await call(method, path, empty ? undefined : bodyOf(form), { key: form.dataset.sending });
    delete form.dataset.key;
    finished(form, answer);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.name !== "network" && error.status < 500) delete form.dataset.key;
    showError(form, problemWords(error));
    if (error.status === 409) refresh();
  } finally {
    delete form.dataset.sending;
    restore();
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {any} answer
 */
function finished(form, answer) {
  form.dispatchEvent(new CustomEvent("sent", { bubbles: true, detail: answer }));
  if (form.dataset.follow !== undefined && answer?.url) location.assign(answer.url);
  else if (form.dataset.then) location.assign(form.dataset.then);
  else if (form.dataset.reload !== undefined) location.reload();
  else if (form.dataset.refresh !== undefined) refresh();
}

/** Let the page fetch what it shows anew. */
export function refresh() {
  document.body.dispatchEvent(new CustomEvent("refresh", { bubbles: true }));
}

/**
 * @param {HTMLFormElement} form
 * @returns {() => void} how to undo it
 */
function showBusy(form) {
  const buttons = Array.from(form.querySelectorAll("button"));
  const main = buttons.find((each) => each.dataset.busy) ?? buttons[0];
  const text = main?.innerHTML;
  form.setAttribute("aria-busy", "true");
  if (main && form.dataset.busy) main.textContent = form.dataset.busy;
  return () => {
    form.removeAttribute("aria-busy");
    if (main && form.dataset.busy && text !== undefined) main.innerHTML = text;
  };
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
export function showError(form, text) {
  let place = form.querySelector(":scope > .form-error");
  if (!place && text) {
    place = document.createElement("p");
    place.className = "form-error";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  if (place) place.textContent = text;
}

/** Listen to all forms of the page, also to those that come later. */
export function listen() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.api || event.defaultPrevented) return;
    event.preventDefault();
    void send(form);
  });
}
