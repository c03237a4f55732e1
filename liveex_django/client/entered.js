/**
 * What the user has entered survives that the page loads itself again. Passwords, codes, cards and files do not.
 */

import { access } from "./storage.js";

/** In sessionStorage, with the path: what was entered there. */
const KEY = "liveex.fields";

/** Milliseconds, as long as a page takes to load: when there was a login in between, somebody else may be there now. */
const KEPT_FOR = 15_000;

/** Types and autocomplete tokens of fields that nobody fills in, or whose content belongs nowhere else. */
const LEFT_OUT = /password|file|hidden|submit|button|image|reset|one-time|cc-/i;

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */
/** @typedef {{key: string, value: string | boolean | string[], hasFocus: boolean}} Kept */

/** To be called just before the page is loaded again. */
export function keepFields() {
  /** @type {Kept[]} */
  const kept = fieldsByKey()
    .filter(([, field]) => isChanged(field))
    .map(([key, field]) => ({ key, value: read(field), hasFocus: field === document.activeElement }));
  if (kept.length) access((storage) => storage.setItem(place(), JSON.stringify([Date.now(), kept])));
}

/** Puts back what was kept, as if the user had entered it: lx-change and other scripts hear of it. */
export function restoreFields() {
  const json = access((storage) => storage.getItem(place()));
  access((storage) => storage.removeItem(place()));
  const [at, kept] = /** @type {[number, Kept[]]} */ (JSON.parse(json ?? "[0, []]"));
  if (Date.now() - at > KEPT_FOR) return;
  const fields = new Map(fieldsByKey());
  for (const { key, value, hasFocus } of kept) {
    const field = fields.get(key);
    if (!field) continue;
    write(field, value);
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    if (hasFocus) field.focus({ preventScroll: true });
  }
}

const place = () => `${KEY}:${location.pathname}${location.search}`;

/** @returns {[string, Field][]} A field is found again by its id, else by its form, its name and which of that name it is. */
function fieldsByKey() {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const fields = /** @type {Field[]} */ ([...document.querySelectorAll("input, textarea, select")]);
  return fields
    .filter((field) => (field.id || field.name) && !LEFT_OUT.test(`${field.type} ${field.getAttribute("autocomplete")}`))
    .map((field) => {
      const name = JSON.stringify([field.id || [field.form?.getAttribute("id"), field.name]]);
      const number = seen.get(name) ?? 0;
      seen.set(name, number + 1);
      return [`${name}${number}`, field];
    });
}

/** @param {Field} field */
const isBox = (field) => field.type === "checkbox" || field.type === "radio";

/** @param {Field} field */
function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    const chosen = [...field.options].filter((option) => option.defaultSelected);
    // Without a chosen one a browser chooses the first.
    if (!chosen.length && !field.multiple) return field.selectedIndex > 0;
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  if (field instanceof HTMLInputElement && isBox(field)) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

/** @param {Field} field */
function read(field) {
  if (field instanceof HTMLSelectElement) return [...field.selectedOptions].map(({ value }) => value);
  return field instanceof HTMLInputElement && isBox(field) ? field.checked : field.value;
}

/**
 * @param {Field} field
 * @param {string | boolean | string[]} value
 */
function write(field, value) {
  if (Array.isArray(value)) {
    for (const option of /** @type {HTMLSelectElement} */ (field).options) option.selected = value.includes(option.value);
  } else if (typeof value === "boolean") /** @type {HTMLInputElement} */ (field).checked = value;
  else field.value = value;
}
