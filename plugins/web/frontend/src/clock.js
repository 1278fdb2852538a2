// Time as the server counts it: a timer from a server's moment, and a countdown to one.

/** @typedef {{server: number, local: number}} Fix */

/** @type {Fix | null} */
let fix = null;

/**
 * Learn what time it is on the server, in milliseconds; `local` is the page's own steady clock.
 * An earlier fix stays when the new one differs by less than two seconds: the way of an answer is no reason to jump.
 * @param {number} server
 * @param {number} [local]
 */
export function learn(server, local = performance.now()) {
  const known = fix === null ? Infinity : Math.abs(fix.server + (local - fix.local) - server);
  if (known > 2000) fix = { server, local };
}

/**
 * Give the server's time in milliseconds.
 * @param {number} [local]
 */
export function serverNow(local = performance.now()) {
  return fix === null ? Date.now() : fix.server + (local - fix.local);
}

/** Forget everything; for tests. */
export function forget() {
  fix = null;
}

/**
 * Write seconds as a timer.
 * @param {number} seconds
 */
export function asTimer(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":");
}

/**
 * Write how far away a moment is, in minutes or hours.
 * @param {number} milliseconds
 * @param {(key: string, parts?: Record<string, string | number>) => string} say
 */
export function asDistance(milliseconds, say) {
  const minutes = Math.ceil(milliseconds / 60000);
  if (minutes <= 0) return say("desk.now");
  const text =
    minutes < 90 ? `${minutes} ${say("desk.minutes")}` : `${Math.floor(minutes / 60)} ${say("desk.hours")} ${minutes % 60} ${say("desk.minutes")}`;
  return say("desk.in", { time: text });
}

/**
 * Give the instant of a wall time in a zone, as UTC; in a gap of the clock the moment after it.
 * @param {string} day YYYY-MM-DD
 * @param {string} time HH:MM
 * @param {string} zone
 */
export function toInstant(day, time, zone) {
  const wall = Date.parse(`${day}T${time}:00Z`);
  let guess = wall;
  for (let round = 0; round < 3; round += 1) guess = wall - offset(guess, zone);
  return new Date(guess).toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * @param {number} instant
 * @param {string} zone
 */
function offset(instant, zone) {
  const form = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  });
  /** @type {Record<string, number>} */
  const parts = {};
  for (const part of form.formatToParts(instant)) parts[part.type] = Number(part.value);
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
