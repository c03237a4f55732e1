/**
 * Loads the page again, but never in a circle.
 */

import { keepFields } from "./entered.js";
import { access } from "./storage.js";

/** In sessionStorage: when this tab was last loaded again because the server had refused its join. */
const KEY = "liveex.reloaded";

/** Milliseconds without a touch after which the user is taken to be reading. */
const IDLE_AFTER = 3_000;

/** Milliseconds between two loads for another release: while servers are being replaced, old ones still answer. */
const PAUSE = 15_000;

/** The page was joined: whatever made it load again is over. */
export function forgetReload() {
  access((storage) => storage.removeItem(KEY));
}

/** @returns {boolean} False when the page was loaded again for this before, which evidently did not help. */
export function reloadOnce() {
  if (lastReload() !== 0) return false;
  reload();
  return true;
}

/** Loads the page again when the user does not look, or has not touched it for a while. */
export function reloadWhenIdle() {
  const wait = () => Math.max(IDLE_AFTER, lastReload() + PAUSE - Date.now());
  let timer = setTimeout(reload, document.hidden ? wait() - IDLE_AFTER : wait());
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(reload, wait());
  };
  for (const touch of ["keydown", "pointerdown", "input", "scroll"]) document.addEventListener(touch, restart, true);
}

/** Loads the page again; what the user has entered is there again afterwards. */
export function reload() {
  keepFields();
  access((storage) => storage.setItem(KEY, String(Date.now())));
  location.reload();
}

/** @returns {number} Milliseconds since 1970; 0 for never; Infinity when it cannot be known. */
function lastReload() {
  return Number(access((storage) => storage.getItem(KEY) ?? 0) ?? Infinity);
}
