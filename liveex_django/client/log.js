/**
 * Messages to the console: always "[liveex]", a stable code, and what happened.
 */

/**
 * @param {"error" | "warn" | "info"} level error: something is wrong; warn: the page repaired itself or an event came to nothing.
 * @param {string} code For searching and for tests; does not change between releases.
 * @param {string} text What happened, why, and what to do about it.
 * @param {...unknown} details
 */
export function log(level, code, text, ...details) {
  console[level](`[liveex] ${code}: ${text}`, ...details);
}
