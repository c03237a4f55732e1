/**
 * What the page shows of its connection and of events that are on their way.
 *
 * Classes and texts set here are not in the server's HTML, so they are taken off while a patch is applied.
 */

import { showMessages } from "./announce.js";
import { VIEW_ATTRIBUTE } from "./messages.js";
import { SHOW_AFTER, startProgress, stopProgress } from "./progress.js";
import { Status } from "./status.js";
import { text } from "./texts.js";

const LOADING = "lx-loading";
const VIEW_LOADING = "lx-view-loading";
const PAGE_LOADING = "lx-page-loading";
const DISCONNECTED = "lx-disconnected";
const REFUSED = "lx-refused";
const DEGRADED = "lx-degraded";
const LOST = "lx-lost";
const OUTDATED = "lx-outdated";
const DISABLE_WITH = "lx-disable-with";

/**
 * @typedef {object} Pending An event without an answer.
 * @property {string} view The id of the view that it went to.
 * @property {Element} element The element that it is bound to.
 * @property {HTMLElement[]} buttons Those that lx-disable-with disables meanwhile.
 * @property {HTMLElement | undefined} focused The one of them that had the focus.
 * @property {ReturnType<typeof setTimeout> | undefined} timer undefined: the answer takes so long that it shows.
 */

export class Feedback {
  /** @type {Map<number, Pending>} */
  #pending = new Map();

  /** @type {Map<HTMLElement, () => void>} Buttons that lx-disable-with has changed, and how to change them back. */
  #disabled = new Map();

  #status = new Status();

  start() {
    this.#status.start();
  }

  /** @param {boolean} connected */
  showConnection(connected) {
    showOnPage(DISCONNECTED, !connected);
    this.#status.set("disconnected", !connected);
  }

  showRefusal() {
    showOnPage(REFUSED, true);
    this.#status.set("refused", true);
  }

  /** The server has a later release; the page is about to load itself again. */
  showOutdated() {
    showOnPage(OUTDATED, true);
    this.#status.set("outdated", true);
  }

  /** @param {boolean} degraded The server cannot reach its log: what is shown may be old, events fail. */
  showDegraded(degraded) {
    showOnPage(DEGRADED, degraded);
    this.#status.set("degraded", degraded);
  }

  /** Until the page is loaded again: what it has shown is gone from the server. */
  showLoss() {
    showOnPage(LOST, true);
    this.#status.set("lost", true);
  }

  /** @param {string} key Of the text that says why something the user did came to nothing. */
  showFailure(key) {
    showMessages([["error", text(key)]]);
  }

  /**
   * @param {number} seq
   * @param {string} view
   * @param {Element} element The element that the event is bound to.
   * @param {HTMLElement | null} [submitter]
   */
  begin(seq, view, element, submitter) {
    const buttons = buttonsOf(element, submitter);
    const focused = buttons.find((button) => button === document.activeElement);
    const timer = setTimeout(() => this.#show(seq), SHOW_AFTER);
    this.#pending.set(seq, { view, element, buttons, focused, timer });
    this.#status.count(this.#pending.size);
    this.resume();
  }

  /** @param {number} seq */
  end(seq) {
    const pending = this.#pending.get(seq);
    if (!pending) return;
    this.suspend();
    this.#pending.delete(seq);
    this.#status.count(this.#pending.size);
    this.resume();
    const { focused, timer } = pending;
    // A button that was disabled has lost the focus.
    if (focused && !this.#disabled.has(focused) && document.activeElement === document.body) focused.focus({ preventScroll: true });
    if (timer !== undefined) return clearTimeout(timer);
    stopProgress();
    this.#showLoading();
  }

  /** @param {number} seq */
  #show(seq) {
    const pending = this.#pending.get(seq);
    if (!pending) return;
    pending.timer = undefined;
    startProgress(0);
    this.#showLoading();
    this.resume();
  }

  /** On the page and the views, which no patch touches. */
  #showLoading() {
    const slow = [...this.#pending.values()].filter(({ timer }) => timer === undefined);
    const views = new Set(slow.map(({ view }) => view));
    toggle(document.documentElement, PAGE_LOADING, slow.length > 0);
    for (const wrapper of document.querySelectorAll(`[${VIEW_ATTRIBUTE}]`)) {
      const isLoading = views.has(wrapper.getAttribute(VIEW_ATTRIBUTE) ?? "");
      toggle(wrapper, VIEW_LOADING, isLoading);
      if (isLoading) wrapper.setAttribute("aria-busy", "true");
      else wrapper.removeAttribute("aria-busy");
    }
  }

  /** Shows the page as the server knows it. */
  suspend() {
    for (const { element, timer } of this.#pending.values()) if (timer === undefined) toggle(element, LOADING, false);
    for (const enable of this.#disabled.values()) enable();
    this.#disabled.clear();
  }

  resume() {
    for (const { element, buttons, timer } of this.#pending.values()) {
      if (timer === undefined) toggle(element, LOADING, true);
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
  const label = button.getAttribute(DISABLE_WITH) ?? "";
  const showText = button instanceof HTMLInputElement ? replaceValue(button, label) : replaceContent(button, label);
  control.disabled = true;
  return () => {
    showText();
    control.disabled = disabled;
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
