/**
 * When an event is sent: at once, after the user has paused (lx-debounce), or not more often than (lx-throttle).
 */

import { log } from "./log.js";

/** Milliseconds of lx-debounce without a value, as in Phoenix LiveView. */
const DEFAULT_DELAY = 300;

/**
 * @typedef {object} Delays
 * @property {string | null} debounce Milliseconds, or "blur".
 * @property {string | null} throttle Milliseconds.
 * @property {boolean} keepLast Whether the last event inside a throttle's pause is sent at its end: the last state of
 *   a field matters, the last of many clicks does not.
 */

/**
 * @typedef {object} Waiting
 * @property {(() => void) | null} send null: nothing to send when the time is up.
 * @property {ReturnType<typeof setTimeout>} [timer]
 */

export class Timing {
  /** @type {Map<Element, Map<string, Waiting>>} Per field and kind of event. */
  #waiting = new Map();

  /**
   * @param {Element} element
   * @param {string} kind
   * @param {Delays} delays
   * @param {() => void} send Reads the values when it is called, not before.
   */
  run(element, kind, { debounce, throttle, keepLast }, send) {
    if (debounce === "blur") this.#wait(element, kind, send);
    else if (debounce !== null) this.#wait(element, kind, send, milliseconds(debounce));
    else if (throttle !== null) this.#throttle(element, kind, milliseconds(throttle), send, keepLast);
    else {
      this.flush(element);
      send();
    }
  }

  /**
   * Sends what waits for this element.
   *
   * @param {Element} element
   */
  flush(element) {
    for (const kind of [...(this.#waiting.get(element)?.keys() ?? [])]) this.#end(element, kind);
  }

  /** @param {HTMLFormElement} form */
  flushForm(form) {
    for (const element of [...this.#waiting.keys()]) {
      if (element === form || /** @type {HTMLInputElement} */ (element).form === form) this.flush(element);
    }
  }

  flushAll() {
    for (const element of [...this.#waiting.keys()]) this.flush(element);
  }

  /**
   * @param {Element} element
   * @param {string} kind
   * @param {(() => void) | null} send
   * @param {number} [delay] Without one: until it is flushed.
   */
  #wait(element, kind, send, delay) {
    const kinds = this.#waiting.get(element) ?? new Map();
    this.#waiting.set(element, kinds);
    clearTimeout(kinds.get(kind)?.timer);
    kinds.set(kind, { send, timer: delay === undefined ? undefined : setTimeout(() => this.#end(element, kind), delay) });
  }

  /**
   * @param {Element} element
   * @param {string} kind
   * @param {number} pause
   * @param {() => void} send
   * @param {boolean} keepLast
   */
  #throttle(element, kind, pause, send, keepLast) {
    const waiting = this.#waiting.get(element)?.get(kind);
    if (waiting) {
      if (keepLast) waiting.send = () => this.#throttle(element, kind, pause, send, keepLast);
      return;
    }
    this.#wait(element, kind, null, pause);
    send();
  }

  /**
   * @param {Element} element
   * @param {string} kind
   */
  #end(element, kind) {
    const kinds = this.#waiting.get(element);
    const waiting = kinds?.get(kind);
    if (!kinds || !waiting) return;
    clearTimeout(waiting.timer);
    kinds.delete(kind);
    if (!kinds.size) this.#waiting.delete(element);
    waiting.send?.();
  }
}

/** @param {string} text */
function milliseconds(text) {
  const number = text === "" ? DEFAULT_DELAY : Number(text);
  if (number >= 0) return number;
  log("warn", "liveex.bad-delay", `"${text}" is not a number of milliseconds, so the event is sent at once.`);
  return 0;
}
