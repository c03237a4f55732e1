/**
 * Listens on the document for everything that lx- attributes bind, so that nothing is attached to elements that patches
 * insert, move and remove.
 */

import { isChosen } from "./fields.js";
import { elementPayload, formPayload, submitPayload } from "./form.js";
import { VIEW_ATTRIBUTE } from "./messages.js";
import { Timing } from "./timing.js";

const CLICK = "lx-click";
const CHANGE = "lx-change";
const SUBMIT = "lx-submit";

/**
 * @typedef {object} Bound An event that an element is bound to.
 * @property {Element} element
 * @property {string} attribute Which one binds it; its value is the event's name.
 * @property {Element} [field] Where it happened, when that is not the element: it may have delays of its own.
 * @property {() => import("./form.js").Pair[]} payload
 * @property {HTMLElement | null} [submitter]
 */

export class Events {
  #timing = new Timing();

  /** @type {[string, (event: any) => void][]} */
  #listeners = [
    ["click", (event) => this.#click(event)],
    // A text field tells of every keystroke by "input"; boxes and selects by "change". All fire both in the end.
    ["input", ({ target }) => isChosen(target) || this.#change(target)],
    ["change", ({ target }) => isChosen(target) && this.#change(target)],
    ["submit", (event) => this.#submit(event)],
    ["keydown", (event) => this.#key(event, "lx-keydown")],
    ["keyup", (event) => this.#key(event, "lx-keyup")],
    ["focusout", ({ target }) => this.#timing.flush(target)],
  ];

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  start() {
    for (const [name, listener] of this.#listeners) document.addEventListener(name, listener);
  }

  stop() {
    for (const [name, listener] of this.#listeners) document.removeEventListener(name, listener);
  }

  /** Sends what lx-debounce still holds back. */
  flush() {
    this.#timing.flushAll();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const element = closest(event.target, CLICK);
    if (!element || event.defaultPrevented) return;
    const link = element.closest("a[href]");
    if (link === element && (event.ctrlKey || event.metaKey || event.shiftKey)) return; // a new tab or window
    if (link === element || isButton(element)) event.preventDefault();
    this.#fire({ element, attribute: CLICK, payload: () => elementPayload(element) });
  }

  /** @param {Element} field */
  #change(field) {
    const { form } = /** @type {HTMLInputElement} */ (field);
    if (isBound(field, CHANGE)) {
      this.#fire({ element: field, attribute: CHANGE, payload: () => elementPayload(field) });
    } else if (form && isBound(form, CHANGE)) {
      this.#fire({ element: form, attribute: CHANGE, field, payload: () => formPayload(form) });
    }
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const isOurs = isBound(form, SUBMIT);
    // Enter in a form that is only there for lx-change would load the page again.
    const goesNowhere = isBound(form, CHANGE) && !form.hasAttribute("action");
    if (event.defaultPrevented || !(isOurs || goesNowhere)) return;
    event.preventDefault();
    this.#timing.flushForm(form);
    if (!isOurs) return;
    const { submitter } = event;
    this.#fire({ element: form, attribute: SUBMIT, submitter, payload: () => submitPayload(form, submitter) });
  }

  /**
   * @param {KeyboardEvent} event Chrome's autofill sends some without a key.
   * @param {string} attribute
   */
  #key(event, attribute) {
    const element = closest(event.target, attribute);
    const wanted = element?.getAttribute("lx-key");
    if (!element || event.isComposing || !event.key || (wanted && wanted !== event.key)) return;
    this.#fire({ element, attribute, payload: () => elementPayload(element, event.key) });
  }

  /** @param {Bound} bound */
  #fire({ element, attribute, field = element, payload, submitter }) {
    const view = /** @type {Element} */ (element.closest(`[${VIEW_ATTRIBUTE}]`)).getAttribute(VIEW_ATTRIBUTE) ?? "";
    const name = element.getAttribute(attribute) ?? "";
    const delay = (/** @type {string} */ key) => field.getAttribute(key) ?? element.getAttribute(key);
    const delays = {
      debounce: attribute === SUBMIT ? null : delay("lx-debounce"),
      throttle: delay("lx-throttle"),
      keepLast: attribute === CHANGE,
    };
    this.#timing.run(field, attribute, delays, () => this.page.send(view, name, payload(), element, submitter));
  }
}

/**
 * @param {Element} element
 * @param {string} attribute
 * @returns {boolean} Outside live views attributes bind nothing.
 */
function isBound(element, attribute) {
  return !!element.getAttribute(attribute) && element.closest(`[${VIEW_ATTRIBUTE}]`) !== null;
}

/**
 * @param {EventTarget | null} target
 * @param {string} attribute
 */
function closest(target, attribute) {
  const element = target instanceof Element ? target.closest(`[${attribute}]`) : null;
  return element && isBound(element, attribute) ? element : null;
}

/** @param {Element} element */
function isButton(element) {
  if (element instanceof HTMLInputElement) return ["submit", "button", "reset", "image"].includes(element.type);
  return element instanceof HTMLButtonElement;
}
