/**
 * What the payload of an event says: docs/protocol.md, section 3.
 */

import { untouchedMarkers } from "./fields.js";

/** @typedef {[name: string, value: string]} Pair */

const VALUE_PREFIX = "lx-value-";

/**
 * Several sources after one another: a name that an earlier source has is not taken from a later one, while
 * one source may give a name several times, as a <select multiple> does.
 *
 * @param {Pair[][]} sources
 * @returns {Pair[]}
 */
function merge(...sources) {
  /** @type {Pair[]} */
  const pairs = [];
  for (const source of sources) {
    const taken = new Set(pairs.map(([name]) => name));
    pairs.push(...source.filter(([name]) => !taken.has(name)));
  }
  return pairs;
}

/**
 * For everything but forms, and for lx-change on a field.
 *
 * @param {Element} element The element that the event is bound to.
 * @param {Pair[]} [details] What the browser says of the event: its key, the text that was pasted.
 */
export function elementPayload(element, details = []) {
  return merge(valuesOf(element), details, ownValues(element));
}

/**
 * For lx-submit.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter The button that sent the form.
 */
export function submitPayload(form, submitter) {
  return merge(valuesOf(form), submitter ? ownValues(submitter) : [], fieldValues(form));
}

/**
 * For lx-change on a form: its fields, and which of them the user has not touched yet.
 *
 * @param {HTMLFormElement} form
 */
export function formPayload(form) {
  return merge(valuesOf(form), fieldValues(form), untouchedMarkers(form));
}

/**
 * @param {Element} element
 * @returns {Pair[]}
 */
function valuesOf(element) {
  // Not element.attributes: of a form with a field of that name it is the field.
  return element
    .getAttributeNames()
    .filter((name) => name.startsWith(VALUE_PREFIX))
    .map((name) => [name.slice(VALUE_PREFIX.length), element.getAttribute(name) ?? ""]);
}

/**
 * @param {HTMLFormElement} form
 * @returns {Pair[]} Files are not sent this way.
 */
export function fieldValues(form) {
  /** @type {Pair[]} */
  const pairs = [];
  for (const [name, value] of new FormData(form)) if (typeof value === "string") pairs.push([name, value]);
  return pairs;
}

/**
 * @param {Element} element
 * @returns {Pair[]} None for an element without a name, for a box that is not ticked, and for files.
 */
function ownValues(element) {
  const name = element.getAttribute("name");
  if (!name) return [];
  if (element instanceof HTMLSelectElement) return [...element.selectedOptions].map(({ value }) => [name, value]);
  if (element instanceof HTMLInputElement && ["checkbox", "radio"].includes(element.type) && !element.checked) return [];
  if (element instanceof HTMLInputElement && element.type === "file") return [];
  const { value } = /** @type {{value?: unknown}} */ (/** @type {unknown} */ (element));
  return typeof value === "string" ? [[name, value]] : [];
}
