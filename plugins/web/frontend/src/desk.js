// The employee's desk: the heartbeat of the task in hand, and new dates for it.

import { Problem, call } from "./api.js";
import { serverNow, toInstant } from "./clock.js";
import { refresh } from "./forms.js";

const HEARTBEAT = 60_000;
const STEP = 5 * 60_000;

/** @returns {HTMLElement | null} */
function held() {
  return document.querySelector(".current[data-fence]");
}

async function renew() {
  const fence = Number(held()?.dataset.fence);
  if (!fence) return;
  try {
    await call("POST", "/api/v1/desk/renew", { fence });
  } catch (error) {
    if (error instanceof Problem && error.status >= 400 && error.status < 500) refresh();
  }
}

/**
 * Give the moment so many minutes from now, on a round time.
 * @param {number} minutes
 * @param {number} now
 */
export function roundLater(minutes, now) {
  const moment = Math.ceil((now + minutes * 60_000) / STEP) * STEP;
  return new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * Put the due that was chosen into the form, before it is sent.
 * @param {SubmitEvent} event
 */
function chooseDue(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!(form instanceof HTMLFormElement) || form.dataset.later === undefined) return;
  const button = /** @type {HTMLElement | null} */ (event.submitter);
  const due = /** @type {HTMLInputElement} */ (form.elements.namedItem("due"));
  const day = /** @type {HTMLInputElement} */ (form.querySelector("[data-date]"));
  const time = /** @type {HTMLInputElement} */ (form.querySelector("[data-time]"));
  if (button?.dataset.minutes) due.value = roundLater(Number(button.dataset.minutes), serverNow());
  else if (button?.dataset.due) due.value = button.dataset.due;
  else if (day.value) due.value = time.value ? toInstant(day.value, time.value, held()?.dataset.zone ?? "UTC") : day.value;
  else {
    event.preventDefault();
    day.focus();
  }
}

if (typeof document !== "undefined") {
  document.addEventListener("submit", chooseDue, { capture: true });
  setInterval(() => void renew(), HEARTBEAT);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void renew();
  });
  const first = document.querySelector("#desk [data-focus]");
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
}
