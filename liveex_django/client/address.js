/**
 * Where the slots of a part are in the page: read from the markers, when they are first needed.
 *
 * A part is the smallest thing with slot numbers of its own: a region, a branch, a row. Reading one walks its own
 * elements only: what stands inside a slot is another part, and an element with lx-view is another view's.
 */

import { ELEMENT_ATTRIBUTE, ROW_START, SLOT_END, SLOT_START, VIEW_ATTRIBUTE } from "./messages.js";

export const IGNORE_ATTRIBUTE = "lx-ignore";

/** A slot is not where the diff says; the view has to be sent whole. Never leaves page.js. */
export class AddressLost extends Error {}

export class Part {
  /** @type {Map<number, ContentSlot | Element | null>} null: the number stands there twice. */
  slots = new Map();

  /** @type {Element[]} Elements of this part that nobody has looked into yet. */
  pending = [];

  /** Something in this part is not ours to change, so a slot that is not found is none of our business. */
  hides = false;

  /**
   * @param {number} number
   * @param {ContentSlot | Element} slot
   */
  put(number, slot) {
    this.slots.set(number, this.slots.has(number) ? null : slot);
  }
}

export class Row extends Part {
  /** @param {Comment} mark The comment in front of the row. */
  constructor(mark) {
    super();
    this.mark = mark;
  }
}

/** A slot in content: the nodes between two comments. */
export class ContentSlot {
  /** The part that stands here; empty for plain text and for loops. */
  body = new Part();

  /** @type {Row[]} */
  rows = [];

  /** Whether body and rows are what the nodes say. */
  known = true;

  /**
   * @param {Comment} start
   * @param {Part} owner The part whose slot this is.
   */
  constructor(start, owner) {
    this.start = start;
    this.end = start;
    this.owner = owner;
  }

  /** @returns {Node & ParentNode} */
  get parent() {
    return /** @type {Node & ParentNode} */ (this.start.parentNode);
  }

  /** The nodes between the comments. */
  get nodes() {
    return nodesBetween(this.start.nextSibling, this.end);
  }

  /** To be called when the nodes were replaced. */
  forget() {
    this.body = new Part();
    this.rows = [];
    this.known = false;
  }

  /** Reads body and rows from the nodes when something has replaced them. */
  read() {
    if (this.known) return;
    readSiblings(this.start.nextSibling, this.end, this.body, this);
    this.known = true;
  }
}

/**
 * @param {Node | null} node The first one.
 * @param {Node | null} stop The one that is not in it any more.
 */
export function nodesBetween(node, stop) {
  const nodes = [];
  for (; node && node !== stop; node = node.nextSibling) nodes.push(node);
  return nodes;
}

/**
 * @param {Element} element
 * @returns {Part} The part that a region's wrapper holds.
 */
export function readRegion(element) {
  const part = new Part();
  readSiblings(element.firstChild, null, part);
  return part;
}

/**
 * @param {Part} part
 * @param {number} number
 * @returns {ContentSlot | Element | undefined} undefined: it may stand inside lx-ignore; leave it.
 * @throws {AddressLost}
 */
export function findSlot(part, number) {
  let slot = part.slots.get(number);
  if (slot === undefined) {
    while (part.pending.length) readElement(part, /** @type {Element} */ (part.pending.pop()));
    slot = part.slots.get(number);
  }
  if (slot === undefined && part.hides) return undefined;
  if (!slot || !isInPlace(slot)) throw new AddressLost(`slot ${number} is not in the page`);
  if (slot instanceof ContentSlot) slot.read();
  return slot;
}

/**
 * Whether the nodes of a slot are still where they were read; other scripts may have taken them away.
 * Content of a <template> is in a document of its own, where nothing is ever connected.
 *
 * @param {ContentSlot | Element} slot
 */
function isInPlace(slot) {
  const node = slot instanceof ContentSlot ? slot.start : slot;
  if (slot instanceof ContentSlot && slot.end.parentNode !== node.parentNode) return false;
  return node.isConnected || node.ownerDocument !== document;
}

/**
 * @param {Part} part
 * @param {Element} element
 */
function readElement(part, element) {
  if (element.hasAttribute(VIEW_ATTRIBUTE)) return;
  const numbers = element.getAttribute(ELEMENT_ATTRIBUTE);
  if (numbers) for (const number of numbers.split(" ")) part.put(Number(number), element);
  if (element.hasAttribute(IGNORE_ATTRIBUTE) || element.localName === "noscript") part.hides = true;
  else readSiblings((element instanceof HTMLTemplateElement ? element.content : element).firstChild, null, part);
}

/**
 * Reads one level of nodes, from `node` up to `stop`: pairs the comments, and notes elements for later.
 *
 * All comments of a level are paired at once, so that one pair that the HTML parser tore apart is noticed
 * and does not end somebody else's slot.
 *
 * @param {Node | null} node
 * @param {Node | null} stop
 * @param {Part} part
 * @param {ContentSlot} [inside] The slot whose nodes these are: it may have rows.
 */
function readSiblings(node, stop, part, inside) {
  const open = inside ? [inside] : [];
  const outermost = open.length;
  let current = part;
  for (; node !== stop; node = node.nextSibling) {
    if (!node) throw new AddressLost("a slot has no end");
    if (node instanceof Element) current.pending.push(node);
    else if (node instanceof Comment) current = readComment(node, current, open, outermost);
  }
  if (open.length > outermost) throw new AddressLost("a slot has no end");
}

/**
 * @param {Comment} comment
 * @param {Part} current
 * @param {ContentSlot[]} open Slots whose end has not come yet.
 * @param {number} outermost How many of them end outside this level.
 * @returns {Part} The part that what follows belongs to.
 */
function readComment(comment, current, open, outermost) {
  const text = comment.data;
  if (text === ROW_START) return readRow(comment, open.at(-1));
  if (text === SLOT_END) {
    if (open.length === outermost) throw new AddressLost("a slot has an end and no start");
    const ended = /** @type {ContentSlot} */ (open.pop());
    ended.end = comment;
    return ended.owner;
  }
  if (!text.startsWith(SLOT_START) || !/^\d+$/.test(text.slice(1))) return current;
  const slot = new ContentSlot(comment, current);
  current.put(Number(text.slice(1)), slot);
  open.push(slot);
  return slot.body;
}

/**
 * @param {Comment} mark
 * @param {ContentSlot | undefined} loop
 */
function readRow(mark, loop) {
  if (!loop) throw new AddressLost("a row is not in a loop");
  const row = new Row(mark);
  loop.rows.push(row);
  return row;
}
