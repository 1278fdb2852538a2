// What is pressed before the page's scripts are there waits for them. Without this a form would leave by itself, as a
// GET of the page, and the press be lost. It runs before anything of the page is shown, so it is no module.

(() => {
  /** @type {(() => void)[]} */
  const waiting = [];

  /** @param {SubmitEvent} event */
  function keepSubmit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.api) return;
    event.preventDefault();
    const { submitter } = event;
    waiting.push(() => form.isConnected && form.requestSubmit(submitter));
  }

  /** @param {Event} event */
  function keepChange(event) {
    const field = event.target;
    if (!(field instanceof Element) || !field.closest("form[data-at-once]")) return;
    waiting.push(() => field.isConnected && field.dispatchEvent(new Event("change", { bubbles: true })));
  }

  document.addEventListener("submit", keepSubmit);
  document.addEventListener("change", keepChange);
  // Once everything listens: from here on presses go to the page's own scripts, and first of all those that waited.
  document.addEventListener("listening", () => {
    document.removeEventListener("submit", keepSubmit);
    document.removeEventListener("change", keepChange);
    for (const press of waiting.splice(0)) press();
  }, { once: true });
})();
