/**
 * Which keys an element with lx-key listens to: names as `event.key` has them, several separated by spaces, each with
 * the modifiers that have to be held: "Escape Control+s Mod+Enter".
 */

/** What may stand before the key, and how the event says that it is held. */
const MODIFIERS = /** @type {const} */ ({ Control: "ctrlKey", Alt: "altKey", Shift: "shiftKey", Meta: "metaKey" });

/** "Mod" is the key of the system's own shortcuts. */
const MOD = /Mac|iPhone|iPad/.test(navigator.platform) ? "Meta" : "Control";

/**
 * @param {string | null} wanted The value of lx-key; without one every key counts.
 * @param {KeyboardEvent} event
 */
export const isWanted = (wanted, event) => !wanted?.trim() || combinations(wanted).some((parts) => isPressed(parts, event));

/**
 * @param {string | null} wanted
 * @param {KeyboardEvent} event
 * @returns {boolean} Whether a shortcut was pressed, and not a key that the browser has its own use for.
 */
export const isShortcut = (wanted, event) =>
  combinations(wanted ?? "").some((parts) => parts.length > 1 && isPressed(parts, event));

/**
 * @param {string} wanted
 * @returns {string[][]} The modifiers and then the key of each.
 */
function combinations(wanted) {
  // "+" is a key too: what stands last is never taken for a separator.
  const found = wanted.split(/\s+/).filter(Boolean);
  return found.map((combination) => combination.split(/\+(?=.)/).map((part) => (part === "Mod" ? MOD : part)));
}

/**
 * @param {string[]} combination
 * @param {KeyboardEvent} event
 */
function isPressed(combination, event) {
  const held = combination.slice(0, -1);
  const key = combination.at(-1) === "Space" ? " " : /** @type {string} */ (combination.at(-1)).toLowerCase();
  // On a Mac, Option makes another character of a letter; the place of the key says which it was.
  const isKey = event.key.toLowerCase() === key || (held.includes("Alt") && event.code.toLowerCase() === `key${key}`);
  return isKey && Object.entries(MODIFIERS).every(([name, property]) => {
    if (held.includes(name)) return event[property];
    // A key by itself is the same with Shift, and so is what a keyboard has only with Shift or AltGr: "?", "@".
    if (name === "Shift" && (!held.length || /^[^a-z]$/.test(key))) return true;
    return !event[property] || event.getModifierState("AltGraph");
  });
}
