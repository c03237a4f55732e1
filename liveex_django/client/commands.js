/**
 * What the browser does by itself: the commands of live/commands.py, from an attribute or from the server.
 *
 * They are data and never code. What they name are CSS selectors, classes and attributes; those that would run code are refused.
 */

import { holdAttribute, holdClass, releaseClass } from "./effects.js";
import { log } from "./log.js";
import { pairsOf } from "./values.js";

/** Milliseconds of a transition before an element is hidden; TRANSITION in live/commands.py. */
const TRANSITION = 200;

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable]";

/** The wire format's own attributes begin so; "srcdoc" holds HTML, and "on…" code. */
const REFUSED = /^(on|lx-|srcdoc$|style$)/i;

/**
 * @typedef {object} Source Where commands stand, when they are those of an attribute.
 * @property {Element} element
 * @property {string} view
 * @property {() => import("./form.js").Pair[]} payload
 * @property {HTMLElement | null} [submitter]
 *
 * @typedef {Record<string, any>} Options
 */

/** @type {Map<string, (element: HTMLElement, options: Options) => void>} */
const COMMANDS = new Map(
  /** @type {[string, (element: HTMLElement, options: Options) => void][]} */ ([
    ["show", show],
    ["hide", hide],
    ["toggle", (element, options) => (isShown(element) ? hide : show)(element, options)],
    ["transition", (element, { names, time }) => pass(element, names, time)],
    ["add_class", (element, { names }) => eachClass(names, (name) => holdClass(element, name, true))],
    ["remove_class", (element, { names }) => eachClass(names, (name) => holdClass(element, name, false))],
    ["toggle_class", (element, { names }) => eachClass(names, (name) => holdClass(element, name, !element.classList.contains(name)))],
    ["set_attribute", (element, { name, value }) => change(element, name, value)],
    ["remove_attribute", (element, { name }) => change(element, name, null)],
    ["focus", (element) => element.focus()],
    ["focus_first", (element) => [.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(FOCUSABLE))].some(takesFocus)],
    ["dispatch", (element, { event, detail }) => element.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, cancelable: true }))],
  ]),
);

export class Commands {
  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * @param {string} text The value of an attribute.
   * @param {Source} source
   */
  runText(text, source) {
    let commands;
    try {
      commands = JSON.parse(text);
    } catch (error) {
      return refuse(`The value of an attribute begins with "[" and is no list of commands: ${text}`, error);
    }
    this.run(commands, source);
  }

  /**
   * @param {[string, Options][]} commands
   * @param {Source} [source]
   */
  run(commands, source) {
    for (const command of commands) {
      try {
        const [name, options] = command;
        this.#do(name, options, source);
      } catch (error) {
        refuse(`The command ${JSON.stringify(command)} cannot be carried out.`, error);
      }
    }
  }

  /**
   * @param {string} name
   * @param {Options} options
   * @param {Source} [source]
   */
  #do(name, options, source) {
    if (name === "push" && source) return this.#push(options, source);
    const command = COMMANDS.get(name);
    if (!command) throw new TypeError(`There is no command "${name}"${source ? "" : " from the server"}.`);
    for (const element of elementsOf(options, source?.element)) command(element, options);
  }

  /**
   * @param {Options} options
   * @param {Source} source
   */
  #push({ event, values }, { view, payload, element, submitter }) {
    const own = pairsOf(values ?? {});
    const names = new Set(own.map(([name]) => name));
    const others = payload().filter(([name]) => !names.has(name));
    this.page.send(view, event, [...own, ...others], element, submitter);
  }
}

/**
 * @param {Options} options
 * @param {Element} [element] Where the command stands.
 * @returns {Iterable<HTMLElement>}
 */
function elementsOf({ to, within }, element) {
  /** @type {Document | Element | null | undefined} */
  let root = to === undefined ? element : document;
  if (within !== undefined) root = element?.closest(within);
  if (root === undefined) throw new TypeError("It names no element, and stands on none.");
  const found = root === null ? [] : to === undefined ? [root] : root.querySelectorAll(to);
  return /** @type {Iterable<HTMLElement>} */ (found);
}

/** @param {HTMLElement} element */
function isShown(element) {
  if (hiding.has(element)) return false;
  return element instanceof HTMLDialogElement ? element.open : !element.hidden;
}

/**
 * @param {HTMLElement} element
 * @param {Options} options
 */
function show(element, { transition }) {
  hiding.delete(element);
  if (!(element instanceof HTMLDialogElement)) holdAttribute(element, "hidden", null);
  else if (!element.open) element.showModal();
  if (transition) pass(element, transition, TRANSITION);
}

/** @type {WeakSet<Element>} Those whose transition runs before they are hidden. */
const hiding = new WeakSet();

/**
 * @param {HTMLElement} element
 * @param {Options} options
 */
function hide(element, { transition }) {
  const vanish = () => (element instanceof HTMLDialogElement ? element.close() : holdAttribute(element, "hidden", ""));
  if (!transition) return vanish();
  hiding.add(element);
  pass(element, transition, TRANSITION, () => hiding.delete(element) && vanish());
}

/**
 * @param {HTMLElement} element
 * @param {string} names
 * @param {number} time
 * @param {() => void} [then]
 */
function pass(element, names, time, then) {
  eachClass(names, (name) => holdClass(element, name, true));
  setTimeout(() => {
    eachClass(names, (name) => releaseClass(element, name));
    then?.();
  }, time);
}

/**
 * @param {string} names
 * @param {(name: string) => void} act
 */
function eachClass(names, act) {
  for (const name of names.split(/\s+/)) if (name) act(name);
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string | null} value
 */
function change(element, name, value) {
  if (REFUSED.test(name)) throw new TypeError(`The attribute "${name}" is not for commands.`);
  if (value !== null && runsCode(value)) throw new TypeError(`"${name}" would run code.`);
  holdAttribute(element, name, value);
}

/** @param {string} value */
function runsCode(value) {
  try {
    // As the browser reads it: with spaces, tabs and line ends inside.
    return new URL(value, document.baseURI).protocol === "javascript:";
  } catch {
    return false;
  }
}

/** @param {HTMLElement} element */
function takesFocus(element) {
  element.focus();
  return document.activeElement === element;
}

/**
 * @param {string} text
 * @param {unknown} error
 */
function refuse(text, error) {
  log("error", "liveex.bad-command", text, error);
}
