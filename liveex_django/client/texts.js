/**
 * What the script says to people, in their language: {% liveex_script %} brings the texts, live/texts.py lists them.
 */

/** @type {Record<string, string>} */
let texts = {};

/** @param {string | undefined} json An object of texts. */
export function setTexts(json) {
  texts = JSON.parse(json ?? "{}");
}

/**
 * @param {string} key
 * @param {number} [count] Stands for {count} in the text.
 * @returns {string} The key itself when the page has no such text.
 */
export const text = (key, count) => (texts[key] ?? key).replace("{count}", String(count));
