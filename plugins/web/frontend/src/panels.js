// What opens and closes on a page: panels under buttons, explanations in place, keys that press buttons.

import { csrfToken } from "./api.js";
import { say } from "./words.js";

/** @param {Element} button */
function toggle(button) {
  const panel = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (!panel) return;
  const opens = panel.hidden;
  for (const other of document.querySelectorAll("[data-panel][aria-expanded=true]")) if (other !== button) close(other);
  panel.hidden = !opens;
  button.setAttribute("aria-expanded", String(opens));
  const first = panel.querySelector("button, input:not([type=hidden])");
  if (opens && first instanceof HTMLElement) first.focus();
}

/** @param {Element} button */
function close(button) {
  const panel = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (panel) panel.hidden = true;
  button.setAttribute("aria-expanded", "false");
}

/** @param {HTMLElement} button */
async function explain(button) {
  const place = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (!place) return;
  const opens = place.hidden;
  button.textContent = say(opens ? "desk.why_close" : "desk.why");
  button.setAttribute("aria-expanded", String(opens));
  if (!opens) {
    place.hidden = true;
    return;
  }
  const response = await fetch(button.dataset.why ?? "", { headers: { "HX-Request": "true", "X-CSRF-Token": csrfToken() } });
  place.innerHTML = await response.text();
  place.hidden = false;
}

/**
 * Tell whether somebody is typing, so that a key means a letter.
 * @param {EventTarget | null} target
 */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Escape") {
    for (const button of document.querySelectorAll("[data-panel][aria-expanded=true]")) {
      close(button);
      if (button instanceof HTMLElement) button.focus();
    }
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const focused = document.querySelector(`[data-key-focus="${CSS.escape(event.key)}"]`);
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const target = focused ?? pressed;
  if (!(target instanceof HTMLElement)) return;
  event.preventDefault();
  if (focused) target.focus();
  else target.click();
}

/** Listen to the whole page, also to what comes later. */
export function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.panel) toggle(button);
    if (button?.dataset.why) void explain(button);
  });
  document.addEventListener("keydown", onKey);
}
