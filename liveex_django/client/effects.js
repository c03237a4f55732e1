/**
 * What commands did to attributes and classes of elements, so that patches leave it in place.
 *
 * It stays for as long as the element does. A class is added to, or kept away from, whatever classes the server says. Of
 * another attribute the server's word counts again as soon as it says something else than it did when the command ran.
 */

import { setAttribute } from "./attributes.js";

/** @typedef {{value: string | null, was: string | null}} Kept An attribute, and what the server says of it. */

/** @type {WeakMap<Element, {classes: Map<string, boolean>, attributes: Map<string, Kept>}>} */
const effects = new WeakMap();

/** @param {Element} element */
function effectsOf(element) {
  let its = effects.get(element);
  if (!its) effects.set(element, (its = { classes: new Map(), attributes: new Map() }));
  return its;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null takes the attribute away.
 */
export function holdAttribute(element, name, value) {
  const { attributes } = effectsOf(element);
  const known = attributes.get(name);
  attributes.set(name, { value, was: known ? known.was : element.getAttribute(name) });
  setAttribute(element, name, value);
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {boolean} on
 */
export function holdClass(element, name, on) {
  element.classList.toggle(name, on);
  effectsOf(element).classes.set(name, on);
}

/**
 * @param {Element} element
 * @param {string} name A class that is taken off, and then the server's business again.
 */
export function releaseClass(element, name) {
  element.classList.remove(name);
  effects.get(element)?.classes.delete(name);
}

/**
 * A patch has set an attribute, because the server says something new of it.
 *
 * @param {Element} element
 * @param {string} name
 */
export function followServer(element, name) {
  const its = effects.get(element);
  if (name === "class") for (const [each, on] of its?.classes ?? []) element.classList.toggle(each, on);
  else its?.attributes.delete(name);
}

/**
 * Puts the effects into `fresh`, which the element is about to be made equal to.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
export function keepEffects(old, fresh) {
  const its = effects.get(old);
  if (!its) return;
  for (const [name, on] of its.classes) fresh.classList.toggle(name, on);
  for (const [name, { value, was }] of its.attributes) {
    if (fresh.getAttribute(name) === was) setAttribute(fresh, name, value);
    else its.attributes.delete(name);
  }
}
