/**
 * Calls a project's scripts about elements with lx-hook: when they come, change, go, and when the connection does.
 */

import { log } from "./log.js";
import { VIEW_ATTRIBUTE } from "./messages.js";
import { pairsOf } from "./values.js";

const HOOK = "lx-hook";

/** DOM events for what the server pushes: this and the name. */
const PUSHED = "liveex:event:";

/** @typedef {import("./types/liveex.js").HookCallbacks<any>} Callbacks */
/** @typedef {"mounted" | "updated" | "destroyed" | "disconnected" | "reconnected"} Moment */
/** @typedef {{name: string, hook: any, listeners: [name: string, callback: (detail: any) => void][]}} Mounted */

export class Hooks {
  /** @type {Map<string, Callbacks>} */
  #registered = new Map();

  /** @type {Map<Element, Mounted>} */
  #mounted = new Map();

  #observer = new MutationObserver(() => {});

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * @param {string} name
   * @param {Callbacks} callbacks
   */
  register(name, callbacks) {
    this.#registered.set(name, callbacks);
    this.#mountNew();
  }

  /**
   * Runs a patch and tells the hooks what it did to their elements.
   *
   * @param {() => void} patch
   */
  around(patch) {
    if (!this.#registered.size) return patch();
    this.#observer.takeRecords();
    try {
      patch();
    } finally {
      const touched = new Set(this.#observer.takeRecords().map(({ target }) => target));
      const known = [...this.#mounted.keys()];
      this.#destroyGone();
      this.#mountNew();
      for (const element of known) {
        if (touched.size && this.#mounted.has(element) && isTouched(element, touched)) this.#call(element, "updated");
      }
    }
  }

  /** @param {"disconnected" | "reconnected"} moment */
  tell(moment) {
    for (const element of [...this.#mounted.keys()]) this.#call(element, moment);
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  pushed(name, detail) {
    for (const { listeners } of [...this.#mounted.values()]) {
      for (const [wanted, callback] of listeners) if (wanted === name) attempt(name, () => callback(detail));
    }
    document.dispatchEvent(new CustomEvent(PUSHED + name, { detail }));
  }

  #destroyGone() {
    for (const [element, { name }] of this.#mounted) {
      if (element.isConnected && element.getAttribute(HOOK) === name) continue;
      this.#call(element, "destroyed");
      this.#mounted.delete(element);
    }
  }

  #mountNew() {
    if (!this.#registered.size) return;
    for (const element of document.querySelectorAll(`[${VIEW_ATTRIBUTE}] [${HOOK}]`)) {
      const name = element.getAttribute(HOOK) ?? "";
      const callbacks = this.#registered.get(name);
      if (!callbacks || this.#mounted.has(element)) continue;
      this.#mounted.set(element, this.#make(element, name, callbacks));
      this.#observer.observe(element, { subtree: true, childList: true, characterData: true, attributes: true });
      this.#call(element, "mounted");
    }
  }

  /**
   * @param {Element} el
   * @param {string} name
   * @param {Callbacks} callbacks
   * @returns {Mounted}
   */
  #make(el, name, callbacks) {
    /** @type {Mounted["listeners"]} */
    const listeners = [];
    const view = el.closest(`[${VIEW_ATTRIBUTE}]`)?.getAttribute(VIEW_ATTRIBUTE) ?? "";
    const hook = Object.assign(Object.create(callbacks), {
      el,
      pushEvent: (/** @type {string} */ event, payload = {}) => this.page.ask(view, event, pairsOf(payload), el),
      handleEvent: (/** @type {string} */ event, /** @type {(detail: any) => void} */ callback) => {
        listeners.push([event, callback]);
      },
    });
    return { name, hook, listeners };
  }

  /**
   * @param {Element} element
   * @param {Moment} moment
   */
  #call(element, moment) {
    const { name, hook } = /** @type {Mounted} */ (this.#mounted.get(element));
    attempt(`${name}.${moment}`, () => hook[moment]?.());
  }
}

/**
 * @param {Element} element
 * @param {Set<Node>} touched
 */
function isTouched(element, touched) {
  for (const node of touched) if (element.contains(node)) return true;
  return false;
}

/**
 * @param {string} what
 * @param {() => unknown} call
 */
function attempt(what, call) {
  const failed = (/** @type {unknown} */ error) => log("error", "liveex.hook-failed", `The hook ${what} failed.`, error);
  try {
    const result = call();
    if (result instanceof Promise) result.catch(failed);
  } catch (error) {
    failed(error);
  }
}
