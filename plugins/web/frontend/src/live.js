// What keeps a page fresh: parts are swapped only when they changed, the keyboard stays where it was, loss of connection is said.

/**
 * Tell whether a part that came is the one that stands there.
 * @param {Element | null} old
 * @param {Element} fresh
 */
export function isSame(old, fresh) {
  const state = fresh.getAttribute("data-state");
  return old !== null && state !== null && old.getAttribute("data-state") === state;
}

/** Swap only what changed, and put the focus back into a part that had it. */
function watchSwaps() {
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    const fresh = detail.fragment?.firstElementChild ?? detail.fragment;
    const old = fresh?.id ? document.getElementById(fresh.id) : null;
    if (fresh && isSame(old, fresh)) {
      detail.shouldSwap = false;
      return;
    }
    if (old?.contains(document.activeElement)) document.body.dataset.refocus = fresh.id;
  });
  document.body.addEventListener("htmx:afterSettle", refocus);
  document.body.addEventListener("htmx:oobAfterSwap", refocus);
}

function refocus() {
  const id = document.body.dataset.refocus;
  if (!id) return;
  delete document.body.dataset.refocus;
  const place = document.getElementById(id);
  const target = place?.querySelector("[data-focus]") ?? place?.querySelector("button, a[href], input:not([type=hidden])");
  if (target instanceof HTMLElement) target.focus();
}

function watchConnection() {
  const bar = document.getElementById("offline");
  if (!bar) return;
  /** @param {boolean} lost */
  const show = (lost) => {
    // An answer that was on its way when the connection went is no sign that it is back.
    if (!lost && !navigator.onLine) return;
    bar.hidden = !lost;
    document.documentElement.classList.toggle("is-offline", lost);
  };
  window.addEventListener("offline", () => show(true));
  window.addEventListener("online", () => {
    document.body.dispatchEvent(new CustomEvent("refresh", { bubbles: true }));
  });
  document.body.addEventListener("htmx:sseError", () => show(true));
  document.body.addEventListener("htmx:sendError", () => show(true));
  document.body.addEventListener("htmx:sseOpen", () => show(false));
  document.body.addEventListener("htmx:afterOnLoad", () => show(false));
}

/** Begin. */
export function listen() {
  watchSwaps();
  watchConnection();
}
