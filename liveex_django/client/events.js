/**
 * Listens on the document and the window for everything that lx- attributes bind, so that nothing is attached to elements
 * that patches insert, move and remove.
 */

import { askFirst } from "./confirm.js";
import { isChosen } from "./fields.js";
import { elementPayload, formPayload, submitPayload } from "./form.js";
import { isShortcut, isWanted } from "./keys.js";
import { KEY, PASTED, VIEW_ATTRIBUTE } from "./messages.js";
import { addresseeOf } from "./target.js";
import { Timing } from "./timing.js";
import { Visible } from "./visible.js";

const CLICK = "lx-click";
const CLICK_AWAY = "lx-click-away";
const CHANGE = "lx-change";
const SUBMIT = "lx-submit";
const FOCUS = "lx-focus";
const BLUR = "lx-blur";
const PASTE = "lx-paste";
const VISIBLE = "lx-visible";
/** Before the name of an event: wherever in the window it happens. */
const WINDOW = "lx-window-";

/** What lx-confirm asks about. */
const CONFIRMED = new Set([CLICK, SUBMIT]);

/**
 * @typedef {object} Bound An event that an element is bound to.
 * @property {Element} element
 * @property {string} attribute Which one binds it; its value is the event's name.
 * @property {Element} [field] Where it happened, when that is not the element: it may have delays of its own.
 * @property {() => import("./form.js").Pair[]} payload
 * @property {HTMLElement | null} [submitter]
 */

/** @typedef {import("./form.js").Pair[]} Pairs */

export class Events {
  #timing = new Timing();
  #visible = new Visible((element) => isBound(element, VISIBLE) && this.#fireElement(element, VISIBLE));

  /** @type {EventTarget[]} Where the pointer went down: a text that is selected beyond an element is no click away. */
  #pressed = [];
  /** @type {EventTarget | null} A field in which an input method has just ended; some browsers tell of it twice. */
  #composed = null;

  /** @type {[EventTarget, string, (event: any) => void][]} */
  #listeners = [
    [document, "pointerdown", (event) => (this.#pressed = event.composedPath())],
    [document, "click", (event) => this.#click(event)],
    // A text field tells of every keystroke by "input"; boxes and selects by "change". All fire both in the end.
    [document, "input", (event) => this.#input(event)],
    [document, "change", ({ target }) => isChosen(target) && this.#change(target)],
    [document, "change", () => this.#fireInWindow("change")],
    [document, "compositionend", ({ target }) => this.#compositionEnded(target)],
    [document, "submit", (event) => this.#submit(event)],
    [document, "keydown", (event) => this.#key(event, "keydown")],
    [document, "keyup", (event) => this.#key(event, "keyup")],
    [document, "paste", (event) => this.#paste(event)],
    [document, "focusin", (event) => this.#focus(event, FOCUS)],
    [document, "focusout", ({ target }) => this.#timing.flush(target)],
    [document, "focusout", (event) => this.#focus(event, BLUR)],
    [window, "focus", () => this.#fireInWindow("focus")],
    [window, "blur", () => this.#fireInWindow("blur")],
  ];

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  start() {
    for (const [target, name, listener] of this.#listeners) target.addEventListener(name, listener);
    this.#visible.start();
  }

  stop() {
    for (const [target, name, listener] of this.#listeners) target.removeEventListener(name, listener);
    this.#visible.stop();
  }

  /** Sends what lx-debounce still holds back. */
  flush() {
    this.#timing.flushAll();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (event.defaultPrevented) return;
    const element = closest(event.target, CLICK);
    const link = element?.closest("a[href]");
    const isNewTab = link === element && (event.ctrlKey || event.metaKey || event.shiftKey);
    if (element && !isNewTab && !element.matches(":disabled")) {
      if (link === element || isButton(element)) event.preventDefault();
      this.#fireElement(element, CLICK);
    }
    // Not event.target.closest(): another listener may have taken what was clicked out of the page by now.
    const inside = new Set([...event.composedPath(), ...this.#pressed]);
    this.#pressed = [];
    for (const away of bound(CLICK_AWAY)) {
      if (!inside.has(away) && away.getClientRects().length) this.#fireElement(away, CLICK_AWAY);
    }
    this.#fireInWindow("click");
  }

  /** @param {InputEvent & {target: Element}} event What an input method composes is a value when it is done. */
  #input({ target, isComposing }) {
    if (isChosen(target) || isComposing || target === this.#composed) return;
    this.#change(target);
  }

  /** @param {Element} field */
  #compositionEnded(field) {
    this.#change(field);
    this.#composed = field;
    setTimeout(() => (this.#composed = null));
  }

  /** @param {Element} field */
  #change(field) {
    const { form } = /** @type {HTMLInputElement} */ (field);
    if (isBound(field, CHANGE)) {
      this.#fireElement(field, CHANGE);
    } else if (form && isBound(form, CHANGE)) {
      this.#fire({ element: form, attribute: CHANGE, field, payload: () => formPayload(form) });
    }
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    if (event.defaultPrevented) return;
    this.#fireInWindow("submit");
    const form = /** @type {HTMLFormElement} */ (event.target);
    const isOurs = isBound(form, SUBMIT);
    // Enter in a form that is only there for lx-change would load the page again.
    const goesNowhere = isBound(form, CHANGE) && !form.hasAttribute("action");
    if (!(isOurs || goesNowhere)) return;
    event.preventDefault();
    this.#timing.flushForm(form);
    if (!isOurs) return;
    const { submitter } = event;
    this.#fire({ element: form, attribute: SUBMIT, submitter, payload: () => submitPayload(form, submitter) });
  }

  /**
   * @param {KeyboardEvent} event Chrome's autofill sends some without a key; Safari says 229 of what an input method takes.
   * @param {"keydown" | "keyup"} kind
   */
  #key(event, kind) {
    if (event.isComposing || !event.key || event.keyCode === 229) return;
    const isMeant = (/** @type {Element} */ element) => isWanted(element.getAttribute("lx-key"), event);
    const found = [[closest(event.target, `lx-${kind}`, isMeant), `lx-${kind}`]];
    for (const element of bound(WINDOW + kind).filter(isMeant)) found.push([element, WINDOW + kind]);
    for (const [element, attribute] of /** @type {[Element | null, string][]} */ (found)) {
      if (!element) continue;
      if (kind === "keydown" && isShortcut(element.getAttribute("lx-key"), event)) event.preventDefault();
      this.#fireElement(element, attribute, [[KEY, event.key]]);
    }
  }

  /** @param {ClipboardEvent} event */
  #paste({ target, clipboardData }) {
    /** @type {Pairs} */
    const details = [[PASTED, clipboardData?.getData("text/plain") ?? ""]];
    const element = closest(target, PASTE);
    if (element) this.#fireElement(element, PASTE, details);
    this.#fireInWindow("paste", details);
  }

  /**
   * @param {FocusEvent} event
   * @param {string} attribute
   */
  #focus({ target, relatedTarget }, attribute) {
    const element = closest(target, attribute);
    // From one field of an element to another the focus neither comes nor goes.
    if (element && !element.contains(/** @type {Node | null} */ (relatedTarget))) this.#fireElement(element, attribute);
  }

  /**
   * @param {string} name
   * @param {Pairs} [details]
   */
  #fireInWindow(name, details) {
    for (const element of bound(WINDOW + name)) this.#fireElement(element, WINDOW + name, details);
  }

  /**
   * @param {Element} element
   * @param {string} attribute
   * @param {Pairs} [details]
   */
  #fireElement(element, attribute, details) {
    this.#fire({ element, attribute, payload: () => elementPayload(element, details) });
  }

  /** @param {Bound} bound */
  #fire(bound) {
    if (CONFIRMED.has(bound.attribute)) askFirst(bound.element, bound.submitter, () => this.#send(bound));
    else this.#send(bound);
  }

  /** @param {Bound} bound */
  #send({ element, attribute, field = element, payload, submitter }) {
    const view = addresseeOf(element);
    if (!view) return;
    const name = element.getAttribute(attribute) ?? "";
    const delay = (/** @type {string} */ key) => field.getAttribute(key) ?? element.getAttribute(key);
    const delays = {
      debounce: attribute === SUBMIT ? null : delay("lx-debounce"),
      throttle: delay("lx-throttle"),
      keepLast: attribute === CHANGE,
    };
    const send = name.startsWith("[")
      ? () => this.page.commands.runText(name, { element, view, payload, submitter })
      : () => this.page.send(view, name, payload(), element, submitter);
    // What a patch has taken away since may still say what the user entered; without its view nobody would listen.
    this.#timing.run(field, attribute, delays, () => isInPage(view) && send());
  }
}

/** @param {string} view */
const isInPage = (view) => document.querySelector(`[${VIEW_ATTRIBUTE}="${CSS.escape(view)}"]`) !== null;

/**
 * @param {Element} element
 * @param {string} attribute
 * @returns {boolean} Outside live views attributes bind nothing.
 */
function isBound(element, attribute) {
  return !!element.getAttribute(attribute) && element.closest(`[${VIEW_ATTRIBUTE}]`) !== null;
}

/** @param {string} attribute */
function bound(attribute) {
  return [...document.querySelectorAll(`[${attribute}]`)].filter((element) => isBound(element, attribute));
}

/**
 * @param {EventTarget | null} target
 * @param {string} attribute
 * @param {(element: Element) => boolean} [isMeant]
 * @returns {Element | null} The innermost one that is meant.
 */
function closest(target, attribute, isMeant = () => true) {
  for (let at = target instanceof Element ? target : null; at; at = at.parentElement) {
    at = at.closest(`[${attribute}]`);
    if (!at) break;
    if (isMeant(at)) return isBound(at, attribute) ? at : null;
  }
  return null;
}

/** @param {Element} element */
function isButton(element) {
  if (element instanceof HTMLInputElement) return ["submit", "button", "reset", "image"].includes(element.type);
  return element instanceof HTMLButtonElement;
}
