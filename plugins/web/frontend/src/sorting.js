// Lists in an order of one's own: by drag, by touch, and by the arrow keys on the handle.

/**
 * Let the items of a list be moved by their `.handle`; `moved` is told after each move.
 * @param {HTMLElement} list
 * @param {(item: HTMLElement) => void} moved
 */
export function sortable(list, moved) {
  new Sortable(list, {
    handle: ".handle", animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120, forceFallback: true, fallbackTolerance: 4, ghostClass: "ghost",
    onEnd: (event) => {
      if (event.oldIndex !== event.newIndex) moved(event.item);
    },
  });
  list.addEventListener("keydown", (event) => {
    const handle = event.target instanceof HTMLElement ? event.target.closest(".handle") : null;
    const item = handle?.closest("li");
    if (!(handle instanceof HTMLElement) || !item || item.parentElement !== list) return;
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    if (!shift(item, event.key === "ArrowUp" ? -1 : 1)) return;
    handle.focus();
    moved(item);
  });
}

/**
 * Move an item by one place; says whether there was one.
 * @param {HTMLElement} item
 * @param {-1 | 1} by
 */
function shift(item, by) {
  const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return false;
  if (by < 0) other.before(item);
  else other.after(item);
  return true;
}
