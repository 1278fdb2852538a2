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
 * Give the words for a sentence of the API, which speaks English: looked up without its values, then filled in with them.
 * @param {string} text
 * @returns {string} the sentence itself when nobody wrote words for it
 */
export function refusalWords(text) {
  const [, head, rest] = /^(.*?): (.*)$/s.exec(text) ?? [];
  for (const [sentence, more] of [[text, ""], [head, rest]]) {
    if (sentence === undefined) continue;
    /** @type {Record<string, string>} */
    const parts = { rest: more };
    let number = 0;
    const bare = sentence.replace(/`([^`]*)`|(?<![\w-])\d+/g, (whole, quoted) => {
      parts[number++] = quoted ?? whole;
      return "";
    });
    const key = `problem.said.${bare.split(/\s+/).filter(Boolean).join(" ")}`;
    if (hasWords(key)) return say(key, parts);
  }
  return text;
}

/**
 * Put one thing that is wrong with an input into words.
 * @param {import("./api.js").ProblemItem} item
 * @returns {string}
 */
export function itemWords(item) {
  const key = `problem.field.${item.path}`;
  const words = refusalWords(item.message);
  return item.path ? `${hasWords(key) ? say(key) : item.path}: ${words}` : words;
}

/**
 * Put a problem into words: what is wrong with the input, a line each, else what happened.
 * @param {import("./api.js").Problem} problem
 * @returns {string}
 */
export function problemWords(problem) {
  if (problem.items.length) return problem.items.map(itemWords).join("\n");
  const key = `problem.${problem.name}`;
  return say(hasWords(key) ? key : "problem.other", { detail: refusalWords(problem.detail) });
}
