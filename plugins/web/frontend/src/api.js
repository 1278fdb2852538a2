// Calls of the JSON API: the session's CSRF token, an idempotency key, and errors that say what is wrong.

/** @typedef {{path: string, value: string | null, message: string}} ProblemItem */

/** An error that the API answered with, or that kept a call from reaching it. */
export class Problem extends Error {
  /**
   * @param {string} name the stable name, such as `stale-fence`; `network` when nothing came back
   * @param {string} detail
   * @param {number} status
   * @param {ProblemItem[]} items
   */
  constructor(name, detail, status, items = []) {
    super(detail);
    this.name = name;
    this.detail = detail;
    this.status = status;
    this.items = items;
  }
}

/**
 * Make a key under which a command is carried out once, however often it is sent.
 * @returns {string}
 */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** @returns {string} */
export function csrfToken() {
  return document.querySelector("meta[name=csrf]")?.getAttribute("content") ?? "";
}

/**
 * Call the API.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{key?: string}} [options]
 * @returns {Promise<any>} the JSON that came back, or null
 */
export async function call(method, path, body, options = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "X-CSRF-Token": csrfToken() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (options.key) headers["Idempotency-Key"] = options.key;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    throw new Problem("network", String(error), 0);
  }
  const text = await response.text();
  const form = text && (response.headers.get("content-type") ?? "").includes("json") ? JSON.parse(text) : null;
  if (response.ok) return form;
  throw problemOf(response.status, form);
}

/**
 * Make an error of what the API answered.
 * @param {number} status
 * @param {any} form
 */
export function problemOf(status, form) {
  const name = String(form?.type ?? "").replace(/^.*:/, "") || "other";
  return new Problem(name, form?.detail ?? `HTTP ${status}`, status, form?.problems ?? []);
}
