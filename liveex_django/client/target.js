/**
 * Which live view an element's events go to: the one around it, or the one that lx-target names.
 */

import { log } from "./log.js";
import { VIEW_ATTRIBUTE } from "./messages.js";

const TARGET_ATTRIBUTE = "lx-target";

/**
 * @param {Element} element One in a live view, or taken out of one by a patch.
 * @returns {string} The id of the view; empty when the page has not got the one that is named.
 */
export function addresseeOf(element) {
  // What is outside of the nearest view has no say in where its events go.
  const wanted = element.closest(`[${TARGET_ATTRIBUTE}], [${VIEW_ATTRIBUTE}]`)?.getAttribute(TARGET_ATTRIBUTE);
  const view = (wanted ? find(wanted) : element)?.closest(`[${VIEW_ATTRIBUTE}]`)?.getAttribute(VIEW_ATTRIBUTE) ?? "";
  if (wanted && !view) log("warn", "liveex.no-target", `${TARGET_ATTRIBUTE}="${wanted}" finds no live view, so nothing was sent.`);
  return view;
}

/** @param {string} wanted The id of a view, or a CSS selector of an element in one. */
function find(wanted) {
  const view = document.querySelector(`[${VIEW_ATTRIBUTE}="${CSS.escape(wanted)}"]`);
  try {
    return view ?? document.querySelector(wanted);
  } catch {
    return null; // no selector
  }
}
