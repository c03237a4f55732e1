/**
 * Sets attributes and texts of elements, and keeps what the browser shows in step with them.
 *
 * Some attributes are only the first value of a property that the user changes: a field's value, a box's tick, an
 * option's choice. Setting the attribute sets the property too, unless the user's own doing is to stay: fields.js.
 */

import { hold, isChosen } from "./fields.js";
import { parseHtml } from "./html.js";

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null removes the attribute.
 */
export function setAttribute(element, name, value) {
  const select = element instanceof HTMLOptionElement && name === "selected" ? element.closest("select") : null;
  if (select) setSelected(select, /** @type {HTMLOptionElement} */ (element), value);
  else if (element instanceof HTMLInputElement && name === "value" && !isChosen(element)) setValue(element, value);
  else if (element instanceof HTMLInputElement && name === "checked") setChecked(element, value);
  else write(element, name, value);
}

/**
 * @param {Element} element One that holds text and no comments.
 * @param {string} text
 */
export function setText(element, text) {
  const keep = element instanceof HTMLTextAreaElement && hold(element);
  // The text node is changed in place: setting textContent of a <script> needs a Trusted Types policy of its own.
  if (element.firstChild instanceof Text) element.firstChild.data = text;
  else element.append(text);
  if (element instanceof HTMLTextAreaElement && !keep) element.value = text;
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
  const keep = hold(input);
  write(input, "value", value);
  if (!keep) input.value = value ?? "";
}

/**
 * @param {HTMLInputElement} box
 * @param {string | null} value
 */
function setChecked(box, value) {
  const keep = hold(box);
  write(box, "checked", value);
  if (!keep) box.checked = value !== null;
}

/**
 * @param {HTMLSelectElement} select
 * @param {HTMLOptionElement} option
 * @param {string | null} value
 */
function setSelected(select, option, value) {
  const chosen = hold(select) && [...select.options].filter((each) => each.selected);
  write(option, "selected", value);
  if (!chosen) option.selected = value !== null;
  // An option that was never chosen would be so now, by its attribute.
  else for (const each of select.options) each.selected = chosen.includes(each);
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
