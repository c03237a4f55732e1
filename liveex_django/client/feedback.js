/**
 * What the page shows of its connection and of events that are on their way.
 *
 * Classes and texts set here are not in the server's HTML, so they are taken off while a patch is applied.
 */

import { VIEW_ATTRIBUTE } from "./messages.js";

const LOADING = "lx-loading";
const DISCONNECTED = "lx-disconnected";
const REFUSED = "lx-refused";
const DEGRADED = "lx-degraded";
const LOST = "lx-lost";
const DISABLE_WITH = "lx-disable-with";

export class Feedback {
  /** @type {Map<number, {element: Element, buttons: HTMLElement[]}>} Events without an answer. */
  #pending = new Map();

  /** @type {Map<HTMLElement, () => void>} Buttons that lx-disable-with has changed, and how to change them back. */
  #disabled = new Map();

  /** @param {boolean} connected */
  showConnection(connected) {
    showOnPage(DISCONNECTED, !connected);
  }

  showRefusal() {
    showOnPage(REFUSED, true);
  }

  /** @param {boolean} degraded The server cannot reach its log: what is shown may be old, events fail. */
  showDegraded(degraded) {
    showOnPage(DEGRADED, degraded);
  }

  /** Until the page is loaded again: what it has shown is gone from the server. */
  showLoss() {
    showOnPage(LOST, true);
  }

  /**
   * @param {number} seq
   * @param {Element} element The element that the event is bound to.
   * @param {HTMLElement | null} [submitter]
   */
  begin(seq, element, submitter) {
    this.#pending.set(seq, { element, buttons: buttonsOf(element, submitter) });
    this.resume();
  }

  /** @param {number} seq */
  end(seq) {
    this.suspend();
    this.#pending.delete(seq);
    this.resume();
  }

  /** Shows the page as the server knows it. */
  suspend() {
    for (const { element } of this.#pending.values()) toggle(element, LOADING, false);
    for (const enable of this.#disabled.values()) enable();
    this.#disabled.clear();
  }

  resume() {
    for (const { element, buttons } of this.#pending.values()) {
      toggle(element, LOADING, true);
      for (const button of buttons) if (!this.#disabled.has(button)) this.#disabled.set(button, disable(button));
    }
  }
}

/**
 * @param {Element} element
 * @param {HTMLElement | null} [submitter]
 * @returns {HTMLElement[]}
 */
function buttonsOf(element, submitter) {
  const buttons = element instanceof HTMLFormElement ? [submitter] : [element];
  return /** @type {HTMLElement[]} */ (buttons.filter((button) => button?.hasAttribute(DISABLE_WITH)));
}

/**
 * @param {HTMLElement} button
 * @returns {() => void} Undoes it. The nodes come back as they were, with the addresses in them.
 */
function disable(button) {
  const control = /** @type {HTMLButtonElement} */ (button);
  const { disabled } = control;
  const hadFocus = document.activeElement === button;
  const text = button.getAttribute(DISABLE_WITH) ?? "";
  const showText = button instanceof HTMLInputElement ? replaceValue(button, text) : replaceContent(button, text);
  control.disabled = true;
  return () => {
    showText();
    control.disabled = disabled;
    if (hadFocus && document.activeElement === document.body) button.focus({ preventScroll: true });
  };
}

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
function replaceContent(button, text) {
  const content = document.createDocumentFragment();
  content.append(...button.childNodes);
  button.textContent = text;
  return () => button.replaceChildren(content);
}

/**
 * @param {HTMLInputElement} button
 * @param {string} text
 */
function replaceValue(button, text) {
  const value = button.getAttribute("value");
  button.setAttribute("value", text);
  return () => (value === null ? button.removeAttribute("value") : button.setAttribute("value", value));
}

/**
 * @param {string} name
 * @param {boolean} on
 */
function showOnPage(name, on) {
  for (const element of [document.documentElement, ...document.querySelectorAll(`[${VIEW_ATTRIBUTE}]`)]) {
    toggle(element, name, on);
  }
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {boolean} on
 */
function toggle(element, name, on) {
  if (element.classList.contains(name) === on) return;
  element.classList.toggle(name, on);
  if (!element.classList.length) element.removeAttribute("class");
}
