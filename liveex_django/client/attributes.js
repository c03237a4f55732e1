/**
 * Sets attributes and texts of elements, and keeps what the browser shows in step with them.
 *
 * Some attributes are only the first value of a property that the user changes: a field's value, a box's tick, an
 * option's choice. Setting the attribute sets the property too, but never of the field that the user is in.
 */

import { parseHtml } from "./html.js";

/** Fields whose value is chosen by a click, so that a patch cannot disturb what the user is typing. */
const CLICKED = new Set(["button", "checkbox", "image", "radio", "reset", "submit"]);

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null removes the attribute.
 */
export function setAttribute(element, name, value) {
  if (element instanceof HTMLInputElement && name === "value") setValue(element, value);
  else write(element, name, value);
  if (element instanceof HTMLInputElement && name === "checked") element.checked = value !== null;
  if (element instanceof HTMLOptionElement && name === "selected") setSelected(element, value !== null);
}

/**
 * @param {Element} element One that holds text and no comments.
 * @param {string} text
 */
export function setText(element, text) {
  const keep = isBeingEdited(element);
  if (keep) protectValue(element);
  // The text node is changed in place: setting textContent of a <script> needs a Trusted Types policy of its own.
  if (element.firstChild instanceof Text) element.firstChild.data = text;
  else element.append(text);
  if (element instanceof HTMLTextAreaElement && !keep) element.value = text;
}

/**
 * @param {Element} element
 * @returns {boolean} Whether the user is typing or choosing in this field now.
 */
export function isBeingEdited(element) {
  if (document.activeElement !== element) return false;
  if (element instanceof HTMLInputElement) return !CLICKED.has(element.type);
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
}

/**
 * Takes over into `old` what `fresh`, an element of the same kind, says about the state of a field, where it says
 * something else than `old` did: a field that only the user has changed keeps the user's value.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
export function takeOverState(old, fresh) {
  for (const name of stateAttributes(old)) {
    const value = fresh.getAttribute(name);
    if (old.getAttribute(name) !== value) setAttribute(old, name, value);
  }
  if (old instanceof HTMLTextAreaElement && fresh instanceof HTMLTextAreaElement && old.defaultValue !== fresh.defaultValue)
    setText(old, fresh.defaultValue);
}

/**
 * @param {Element} element
 * @returns {string[]} Attributes of this element that are the first value of a property.
 */
export function stateAttributes(element) {
  if (element instanceof HTMLInputElement) return ["value", "checked"];
  return element instanceof HTMLOptionElement ? ["selected"] : [];
}

/**
 * @param {HTMLInputElement} input
 * @param {string | null} value
 */
function setValue(input, value) {
  const keep = isBeingEdited(input);
  if (keep) protectValue(input);
  write(input, "value", value);
  if (!keep && input.type !== "file") input.value = value ?? "";
}

/**
 * Makes what a field shows its own: from now on changes of the attribute or the text do not show in it.
 * Assigning the same value leaves the caret where it is.
 *
 * @param {Element} element
 */
function protectValue(element) {
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement) {
    const { value } = element;
    element.value = value;
  }
}

/**
 * @param {HTMLOptionElement} option
 * @param {boolean} selected
 */
function setSelected(option, selected) {
  const select = option.closest("select");
  if (!select || !isBeingEdited(select)) option.selected = selected;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
function write(element, name, value) {
  if (value === null) return element.removeAttribute(name);
  try {
    element.setAttribute(name, value);
  } catch {
    // The HTML parser takes names that setAttribute refuses, "@click" for one.
    const parsed = /** @type {Element} */ (parseHtml(`<i ${name}></i>`, null).firstChild);
    const attribute = /** @type {Attr} */ (parsed.attributes[0].cloneNode());
    attribute.value = value;
    element.setAttributeNode(attribute);
  }
}
