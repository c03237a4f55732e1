/**
 * Keeps what the user has entered while the page is loaded again, which browsers do not for pages that may not be stored.
 */

import { pageOf } from "./url.js";

/** In sessionStorage, from the moment in which the page is left until it is there again. */
const KEY = "liveex.kept";

/** Fields whose values are nobody else's business, or are made by the page. */
const NOT_KEPT = /^(password|hidden|file|submit|button|image|reset)$/;
const SECRET = /^(cc-|one-time-code|(current|new)-password)/;

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */
/** @typedef {string | boolean | boolean[]} Value */

/** Where sessionStorage is not to be had, nothing is kept. */
export function keepFields() {
  /** @type {[string, Value][]} */
  const kept = [];
  for (const [key, field] of fields()) if (isChanged(field)) kept.push([key, valueOf(field)]);
  try {
    if (kept.length) sessionStorage.setItem(KEY, JSON.stringify([pageOf(location), kept]));
  } catch {
    // As above; or it is full.
  }
}

/** Those of the same page, once. What is bound to them is told, as if the user had entered it anew. */
export function restoreFields() {
  let page, kept;
  try {
    [page, kept] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.removeItem(KEY);
  } catch {
    return;
  }
  if (page !== pageOf(location)) return;
  const values = new Map(kept);
  for (const [key, field] of fields()) {
    const value = values.get(key);
    if (typeof value === typeof valueOf(field)) restore(field, /** @type {Value} */ (value));
  }
}

/**
 * @param {Field} field
 * @param {Value} value
 */
function restore(field, value) {
  if (field instanceof HTMLSelectElement) {
    [...field.options].forEach((option, number) => (option.selected = /** @type {boolean[]} */ (value)[number] ?? false));
  } else if (isTicked(field)) field.checked = /** @type {boolean} */ (value);
  else field.value = /** @type {string} */ (value);
  for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
}

/**
 * @returns {[string, Field][]} By the name of the form, that of the field, and which of that name it is.
 */
function fields() {
  const counts = new Map();
  const forms = [...document.forms];
  return [...document.querySelectorAll(/** @type {"input"} */ ("input, textarea, select"))]
    .filter((field) => !NOT_KEPT.test(field.type) && !SECRET.test(field.getAttribute("autocomplete") ?? ""))
    .map((field) => {
      const form = field.form ? (field.form.getAttribute("id") ?? forms.indexOf(field.form)) : "";
      const name = `${form} ${field.getAttribute("name") ?? field.id}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return [`${name} ${counts.get(name)}`, field];
    });
}

/** @param {Field} field */
function isChanged(field) {
  if (field instanceof HTMLSelectElement) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return isTicked(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

/**
 * @param {Field} field
 * @returns {Value}
 */
function valueOf(field) {
  if (field instanceof HTMLSelectElement) return [...field.options].map(({ selected }) => selected);
  return isTicked(field) ? field.checked : field.value;
}

/**
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
const isTicked = (field) => ["checkbox", "radio"].includes(field.type);
