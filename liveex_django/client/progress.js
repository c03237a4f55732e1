/**
 * A thin bar at the top of the window while something takes long: an event, or the way to another page.
 */

import { make, show } from "./elements.js";

/** Milliseconds without an answer before anything shows: what is quicker than that would only flicker. */
export const SHOW_AFTER = 120;

const bar = make("div", "lx-progress", { "aria-hidden": "true" });
/** How many things are on their way. */
let running = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Something has begun; each start needs its stop.
 *
 * @param {number} [delay] Milliseconds.
 */
export function startProgress(delay = SHOW_AFTER) {
  if (running++) return;
  if (delay) timer = setTimeout(begin, delay);
  else begin();
}

export function stopProgress() {
  if (--running) return;
  clearTimeout(timer);
  if (timer !== undefined) return void (timer = undefined);
  bar.remove();
  tell("liveex:progress-stop");
}

function begin() {
  timer = undefined;
  // Who shows progress in a way of their own cancels the event.
  if (tell("liveex:progress-start")) show(bar);
}

/** @param {string} name */
const tell = (name) => document.dispatchEvent(new CustomEvent(name, { cancelable: true }));
