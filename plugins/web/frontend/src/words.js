// The words of the page's language, as the server put them into a data block.

/** @type {Record<string, string> | null} */
let known = null;

/**
 * Give the words of a key, filled in; the key itself when nobody wrote them.
 * @param {string} key
 * @param {Record<string, string | number>} [parts]
 * @returns {string}
 */
export function say(key, parts = {}) {
  known ??= JSON.parse(document.getElementById("words")?.textContent ?? "{}");
  const text = known?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(parts[name] ?? whole));
}

/**
 * Tell whether there are words for a key.
 * @param {string} key
 */
export function hasWords(key) {
  return say(key) !== key;
}

/**
 * Put a problem into words.
 * @param {import("./api.js").Problem} problem
 * @returns {string}
 */
export function problemWords(problem) {
  const key = `problem.${problem.name}`;
  if (hasWords(key)) return say(key, { detail: problem.detail });
  return say("problem.other", { detail: problem.detail });
}
