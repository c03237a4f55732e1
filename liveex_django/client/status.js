/**
 * Tells the user what is the matter with the page's connection, in words: in the page's element with lx-status, else in
 * one of ours.
 */

import { button, make, show } from "./elements.js";
import { reload } from "./reload.js";
import { text } from "./texts.js";

/** Milliseconds without a connection before it is worth a word; most are made again sooner. */
const SAY_AFTER = 1_000;

/** What may be the matter, the gravest first; each is also the key of a text. */
const STATES = /** @type {const} */ (["refused", "outdated", "disconnected", "degraded", "lost"]);

/** @typedef {(typeof STATES)[number]} State */

export class Status {
  /** Events that wait for the connection. */
  #waiting = 0;
  /** @type {Set<State>} */
  #states = new Set();
  /** Announced from the start; without a role while it is empty, so that it is no second status of the page. */
  #own = make("div", "lx-status", { "aria-live": "polite" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  start() {
    show(this.#own);
    for (const change of ["online", "offline"]) addEventListener(change, () => this.#show());
  }

  /**
   * @param {State} state
   * @param {boolean} isOn
   */
  set(state, isOn) {
    if (this.#states.has(state) === isOn) return;
    if (isOn) this.#states.add(state);
    else this.#states.delete(state);
    if (state === "disconnected") {
      clearTimeout(this.#timer);
      this.#timer = isOn ? setTimeout(() => this.#said(), SAY_AFTER) : undefined;
      if (isOn) return;
    }
    this.#show();
  }

  /** @param {number} waiting */
  count(waiting) {
    if (this.#waiting === waiting) return;
    this.#waiting = waiting;
    if (this.#states.has("disconnected")) this.#show();
  }

  #said() {
    this.#timer = undefined;
    this.#show();
  }

  #show() {
    const found = STATES.find((state) => this.#states.has(state) && !(state === "disconnected" && this.#timer));
    const state = found === "disconnected" && !navigator.onLine ? "offline" : (found ?? "");
    const area = document.querySelector("[lx-status]") ?? this.#own;
    if (state) area.setAttribute("role", "status");
    else if (area === this.#own) area.removeAttribute("role");
    const waits = this.#waiting && found === "disconnected" ? ` ${text("waiting", this.#waiting)}` : "";
    const said = state && text(state) + waits;
    area.setAttribute("data-lx-state", state);
    if (area.firstChild?.nodeValue === said) return;
    area.replaceChildren(...(said ? [said] : []), ...(state === "outdated" ? [button("lx-status-reload", text("reload"), reload)] : []));
  }
}
