/**
 * What the user has done to fields and how much of it the server knows: from this follows whether a patch may change what
 * a field shows. What the server has said meanwhile stands in the field's attributes, and shows as soon as it may.
 */

import { UNTOUCHED_PREFIX, VIEW_ATTRIBUTE } from "./messages.js";

/** Fields whose value is chosen by a click, so that a patch cannot disturb what the user is typing. */
const CLICKED = new Set(["button", "checkbox", "image", "radio", "reset", "submit"]);

/**
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field
 *
 * @typedef {object} State Of a field, or of a group of radio buttons.
 * @property {Field[]} fields
 * @property {number} edited When the user last changed it; 0: it shows what the server says.
 * @property {number} sent Up to when the changes have been sent.
 * @property {Set<number>} waiting Numbers of events that carry it and have no answer.
 * @property {boolean} held Whether the server has said something that the field does not show.
 *
 * @typedef {object} Sent
 * @property {Element} element
 * @property {boolean} isSubmit
 * @property {number} at
 * @property {State[]} states
 */

/** Counts what the user does and what is sent. */
let clock = 0;

/** @type {Element | null} The field in which an input method composes: writing its value would end that. */
let composing = null;

/** @type {WeakMap<Element, State>} */
const states = new WeakMap();

/** @type {WeakMap<HTMLFormElement, Set<string>>} Names of fields that the user has changed or left. */
const touched = new WeakMap();

/** @type {WeakSet<Element>} Forms that hold something that the user has entered. */
const entered = new WeakSet();

/** @type {Map<number, Sent>} Events without an answer. */
const unanswered = new Map();

/** To be called after the listeners that send: a field that is left sends before it may change. */
export function watchFields() {
  // Capturing, so that a change is known before it is sent.
  document.addEventListener("input", ({ target }) => isField(target) && edit(target), true);
  // Text fields tell of every change by "input" already.
  document.addEventListener("change", ({ target }) => isField(target) && isChosen(target) && edit(target), true);
  document.addEventListener("focusout", ({ target }) => {
    if (!isField(target)) return;
    touch(target);
    release(states.get(target));
  });
  document.addEventListener("compositionstart", ({ target }) => (composing = /** @type {Element} */ (target)), true);
  document.addEventListener("compositionend", () => (composing = null), true);
}

/** @param {Field} field */
function edit(field) {
  touch(field);
  if (field.form) entered.add(field.form);
  // A box with lx-click of its own has been sent already.
  if (!field.hasAttribute("lx-click") && field.closest(`[${VIEW_ATTRIBUTE}]`)) stateOf(field).edited = ++clock;
}

/** @param {Field} field */
function touch({ form, name }) {
  if (form) touched.set(form, (touched.get(form) ?? new Set()).add(name));
}

/**
 * @param {Field} field
 * @returns {State}
 */
function stateOf(field) {
  let state = states.get(field);
  if (!state) {
    state = { fields: groupOf(field), edited: 0, sent: 0, waiting: new Set(), held: false };
    for (const each of state.fields) states.set(each, state);
  }
  return state;
}

/**
 * @param {Field} field
 * @returns {Field[]} With a radio button those that its choice takes the tick from.
 */
function groupOf(field) {
  if (field.type !== "radio" || !field.form) return [field];
  return elementsOf(field.form).filter(({ type, name }) => type === field.type && name === field.name);
}

/**
 * An event is about to be sent.
 *
 * @param {number} seq
 * @param {Element} element The form, or the field, that it is bound to.
 * @param {boolean} isSubmit
 */
export function sending(seq, element, isSubmit) {
  const fields = element instanceof HTMLFormElement ? elementsOf(element) : isField(element) ? [element] : [];
  if (isField(element) && element.hasAttribute("lx-click")) stateOf(element).edited = ++clock;
  const carried = new Set(fields.flatMap((field) => states.get(field) ?? []));
  const changed = [...carried].filter(({ edited, sent }) => edited > sent);
  for (const state of changed) {
    state.sent = clock;
    state.waiting.add(seq);
  }
  if (isSubmit) fields.forEach(touch);
  unanswered.set(seq, { element, isSubmit, at: clock, states: changed });
}

/**
 * An event has its answer, and what it has changed is in the page.
 *
 * @param {number} seq
 * @param {boolean} isApplied
 * @param {boolean} isReset The form shall show what the server says, in all fields that the user has not changed since.
 */
export function answered(seq, isApplied, isReset) {
  const event = unanswered.get(seq);
  if (!event) return;
  unanswered.delete(seq);
  for (const { waiting } of event.states) waiting.delete(seq);
  const form = event.element.closest("form");
  if (form && isReset) resetFields(form, event.at);
  else if (form && event.isSubmit && isApplied) for (const field of elementsOf(form)) release(states.get(field), true);
  else event.states.forEach((state) => release(state));
}

/**
 * @param {HTMLFormElement} form
 * @param {number} since
 */
function resetFields(form, since) {
  touched.delete(form);
  entered.delete(form);
  for (const field of elementsOf(form)) {
    const state = states.get(field);
    if (field === composing || (state && state.edited > since)) continue;
    forget(field);
    showDefault(field);
  }
}

/**
 * Shows what the server has said meanwhile, if it may show now.
 *
 * @param {State | undefined} state
 * @param {boolean} [alsoFocused] The server has taken the form: what it says now is newer than what the user has typed.
 */
function release(state, alsoFocused = false) {
  if (!state?.held || state.edited > state.sent || state.waiting.size || state.fields.some((field) => field === composing)) return;
  if (!alsoFocused && state.fields.some(isBeingEdited)) return;
  state.fields.forEach(showDefault);
  Object.assign(state, { held: false, edited: 0, sent: 0 });
}

/**
 * @param {State} state
 * @returns {boolean} Whether the server does not know of a change, and will, or has not answered it yet.
 */
const isUnsettled = ({ edited, sent, waiting, fields: [field] }) => waiting.size > 0 || (edited > sent && isToBeSent(field));

/** @param {Field} field */
const isToBeSent = (field) => field.hasAttribute("lx-change") || !!field.form?.matches("[lx-change], [lx-submit], [method=post]");

/**
 * To be called before the server's word about a field is written into its attributes.
 *
 * @param {Field} field
 * @returns {boolean} Whether it shall go on showing what it shows.
 */
export function hold(field) {
  const state = states.get(field);
  if (!isBeingEdited(field) && !(state && isUnsettled(state))) {
    forget(field);
    return false;
  }
  stateOf(field).held = true;
  if (field !== composing) protect(field);
  return true;
}

/**
 * The field shows what the server says.
 *
 * @param {Field} field
 */
function forget(field) {
  const state = states.get(field);
  if (state) Object.assign(state, { held: false, edited: 0, sent: 0 });
}

/**
 * Makes what a field shows its own: from now on changes of its attributes or text do not show in it.
 * Assigning the same value leaves the caret where it is.
 *
 * @param {Field} field
 */
function protect(field) {
  if (field instanceof HTMLSelectElement) return;
  if (field instanceof HTMLInputElement && CLICKED.has(field.type)) {
    const { checked } = field;
    field.checked = checked;
  } else if (field.type !== "file") {
    const { value } = field;
    field.value = value;
  }
}

/** @param {Field} field */
function showDefault(field) {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    for (const option of options) option.selected = option.defaultSelected;
    if (field.type === "select-one" && !options.some((option) => option.defaultSelected)) {
      field.selectedIndex = options.findIndex((option) => !option.disabled);
    }
  } else if (field instanceof HTMLInputElement && CLICKED.has(field.type)) field.checked = field.defaultChecked;
  else if (field.type !== "file" && field.value !== field.defaultValue) field.value = field.defaultValue;
}

/**
 * @param {Element} element
 * @returns {boolean} Whether the user is typing or choosing in this field now.
 */
function isBeingEdited(element) {
  return document.activeElement === element && isField(element) && !CLICKED.has(element.type);
}

/**
 * @param {HTMLFormElement} form
 * @returns {[string, string][]} A marker for each field that the user has not touched yet.
 */
export function untouchedMarkers(form) {
  const names = new Set(elementsOf(form).flatMap((field) => (field.matches(":disabled") ? [] : field.name)));
  names.delete("");
  return [...names].filter((name) => !touched.get(form)?.has(name)).map((name) => [UNTOUCHED_PREFIX + name, ""]);
}

/** @param {Element} form */
export const isEntered = (form) => entered.has(form);

/**
 * @param {HTMLFormElement} form
 * @returns {Field[]} Without buttons. Not form.elements, which a field of that name would stand for.
 */
function elementsOf(form) {
  const fields = /** @type {Field[]} */ ([...document.querySelectorAll("input, select, textarea")]);
  return fields.filter((field) => field.form === form && (!CLICKED.has(field.type) || isChosen(field)));
}

/**
 * @param {unknown} target
 * @returns {target is Field}
 */
const isField = (target) => target instanceof Element && target.matches("input, select, textarea");

/**
 * @param {Element} field
 * @returns {boolean} Whether its value is chosen and not typed.
 */
export const isChosen = (field) => field.matches("select, [type=checkbox], [type=radio], [type=file]");
