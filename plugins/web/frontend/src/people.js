// Accounts and tokens: one-time links and texts that are shown once; the secret of a link stands behind `#`, in no log.

import { send } from "./forms.js";
import { say } from "./words.js";

const DAY = 86_400_000;

const secret = location.hash.slice(1);
if (secret) history.replaceState(null, "", location.pathname);
for (const field of document.querySelectorAll("input[data-from-hash]")) {
  if (field instanceof HTMLInputElement) field.value = secret;
}

/**
 * Show what was made, once.
 * @param {string} words
 * @param {string} text
 */
function show(words, text) {
  const place = document.getElementById("made");
  if (!place) return;
  const field = document.createElement("input");
  field.value = text;
  field.readOnly = true;
  field.setAttribute("aria-label", words);
  place.replaceChildren(words, document.createElement("br"), field);
  place.hidden = false;
  field.focus();
  field.select();
}

document.addEventListener("sent", (event) => {
  const { detail, target } = /** @type {CustomEvent} */ (event);
  if (!(target instanceof HTMLFormElement)) return;
  if (target.dataset.made === "link") show(say("people.link_made", { name: target.dataset.name ?? "" }), `${location.origin}/link#${detail.ticket}`);
  if (target.dataset.made === "token") show(say("people.token_made"), detail.token);
});

document.addEventListener("change", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-at-once]") : null;
  if (form instanceof HTMLFormElement) void send(form);
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.daysFor) return;
  const hidden = /** @type {HTMLInputElement | null} */ (field.form?.elements.namedItem(field.dataset.daysFor) ?? null);
  if (hidden) hidden.value = field.value ? new Date(Date.now() + Number(field.value) * DAY).toISOString() : "";
});
