/**
 * Notices content that the HTML parser would have moved out of a table.
 *
 * "<table>{{ text }}</table>" shows the text in front of the table, while the slot's comments stay inside: a patch
 * between them would show the new text beside the old one. Such a view is asked for whole, each time.
 */

import { AddressLost } from "./address.js";

/** @typedef {import("./address.js").ContentSlot} ContentSlot */

const ANYWHERE = ["script", "style", "template"];

/** What the parser lets stand directly inside these elements; it moves anything else in front of the table. */
/** @type {Record<string, Set<string>>} */
const CHILDREN = {
  table: new Set([...ANYWHERE, "caption", "colgroup", "thead", "tbody", "tfoot"]),
  tbody: new Set([...ANYWHERE, "tr"]),
  tr: new Set([...ANYWHERE, "td", "th"]),
};
CHILDREN.thead = CHILDREN.tfoot = CHILDREN.tbody;

/**
 * @param {ContentSlot} slot
 * @param {DocumentFragment} fresh What a diff puts there.
 * @throws {AddressLost} When the parser would have put it somewhere else.
 */
export function checkPlace(slot, fresh) {
  const allowed = childrenAllowedIn(slot);
  if (!allowed) return;
  const nodes = [...fresh.childNodes];
  if (!nodes.every((node) => fits(node, allowed))) throw new AddressLost("the content does not belong into a table");
  if (!nodes.length && !slot.nodes.length) throw new AddressLost("content of a table was moved out of it");
}

/**
 * @param {ContentSlot} loop
 * @throws {AddressLost} When none of the rows has an element: the parser has moved them out of the table.
 */
export function checkRows(loop) {
  if (!childrenAllowedIn(loop) || !loop.rows.length) return;
  // Asked at every change of a row, so no further than to the first one.
  let node = loop.start.nextSibling;
  while (node && node !== loop.end && !(node instanceof Element)) node = node.nextSibling;
  if (!(node instanceof Element)) throw new AddressLost("rows of a table were moved out of it");
}

/** @param {ContentSlot} slot */
function childrenAllowedIn({ parent }) {
  return parent instanceof HTMLElement && Object.hasOwn(CHILDREN, parent.localName) && CHILDREN[parent.localName];
}

/**
 * @param {Node} node
 * @param {Set<string>} allowed
 */
function fits(node, allowed) {
  if (node instanceof Element) return allowed.has(node.localName);
  return !(node instanceof Text) || !node.data.trim();
}
