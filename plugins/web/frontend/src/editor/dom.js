// Makes elements, so that no text ever becomes markup.

/**
 * Make an element; `on…` properties are listeners, others attributes or, for `value`, `checked` and the like, properties.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node | string | null | undefined)} children
 * @returns {any}
 */
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list" && name !== "form" && !name.startsWith("data")) /** @type {any} */ (made)[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

/**
 * Make the options of a select.
 * @param {Iterable<[string, string]>} pairs value and text
 * @param {string} [chosen]
 */
export function options(pairs, chosen) {
  return Array.from(pairs, ([value, text]) => h("option", { value, selected: value === chosen }, text));
}

let last = 0;

/** Give an id that no other element of the page has. */
export function freshId() {
  last += 1;
  return `made-${last}`;
}

/**
 * Read a data block of the page.
 * @param {string} id
 */
export function block(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/**
 * Tell whoever holds an element that its value changed.
 * @param {HTMLElement} element
 */
export function changed(element) {
  element.dispatchEvent(new CustomEvent("change", { bubbles: true }));
}
