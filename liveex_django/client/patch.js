/**
 * Applies diffs to the page: docs/protocol.md, section 2. Only the slots that a diff names are touched.
 */

import { AddressLost, ContentSlot, findSlot, readRegion } from "./address.js";
import { setAttribute, setText } from "./attributes.js";
import { followServer } from "./effects.js";
import { buildHtml, parseHtml } from "./html.js";
import { reorderRows } from "./loops.js";
import { DIGEST_ATTRIBUTE, FINGERPRINT, ORDER, REGION_ATTRIBUTE, TEXT, VIEW_ATTRIBUTE } from "./messages.js";
import { morphContent, morphSiblings } from "./morph.js";
import { checkPlace, checkRows } from "./tables.js";

/**
 * @typedef {import("./address.js").Part} Part
 * @typedef {import("./html.js").FullValue} FullValue
 * @typedef {Record<string, any>} Diff
 */

export class Patcher {
  /** @type {Map<Element, Part>} What is known of the regions' slots. */
  #regions = new Map();

  /** @param {import("./parts.js").Parts} parts */
  constructor(parts) {
    this.parts = parts;
  }

  /**
   * @param {string} view
   * @param {Diff} diff The diff of the view: its slots are its regions.
   * @throws {Error} When a slot cannot be placed; the view then has to be sent whole.
   */
  apply(view, diff) {
    for (const [number, change] of Object.entries(diff)) {
      const region = document.querySelector(
        `[${VIEW_ATTRIBUTE}="${CSS.escape(view)}"][${REGION_ATTRIBUTE}="${CSS.escape(number)}"]`,
      );
      // A view that its parent has just removed: what it would have become does not matter any more.
      if (region) this.#patchRegion(region, change);
    }
  }

  /**
   * @param {Element} region
   * @param {FullValue | Diff} change
   */
  #patchRegion(region, change) {
    region.removeAttribute(DIGEST_ATTRIBUTE);
    if (typeof change === "string" || Array.isArray(change)) {
      return this.#replaceRegion(region, /** @type {FullValue} */ (change));
    }
    let part = this.#regions.get(region);
    if (!part) this.#regions.set(region, (part = readRegion(region)));
    this.#patchPart(part, change);
  }

  /**
   * @param {Element} region
   * @param {FullValue} value
   */
  #replaceRegion(region, value) {
    const html = buildHtml(value, this.parts);
    this.#regions.delete(region);
    this.#forgetRegions(region);
    try {
      morphContent(region, parseHtml(html, region));
    } catch {
      // Whatever the morph could not do: the right page is worth more than the kept nodes.
      region.replaceChildren(parseHtml(html, region));
    }
  }

  /**
   * @param {Part} part
   * @param {Diff} diff
   */
  #patchPart(part, diff) {
    for (const [number, change] of Object.entries(diff)) {
      if (number === ORDER) continue;
      const slot = findSlot(part, Number(number));
      if (slot instanceof ContentSlot) this.#patchContent(slot, change);
      else if (slot) patchElement(slot, change);
    }
  }

  /**
   * @param {ContentSlot} slot
   * @param {FullValue | Diff} change
   */
  #patchContent(slot, change) {
    if (typeof change === "string" || Array.isArray(change) || FINGERPRINT in change) {
      this.#replaceContent(slot, buildHtml(/** @type {FullValue} */ (change), this.parts));
    } else if (ORDER in change || slot.rows.length) {
      this.#patchLoop(slot, change);
    } else {
      this.#patchPart(slot.body, change);
    }
  }

  /**
   * @param {ContentSlot} loop
   * @param {Diff} diff
   */
  #patchLoop(loop, diff) {
    checkRows(loop);
    if (ORDER in diff) reorderRows(loop, diff[ORDER], this.parts);
    for (const [number, change] of Object.entries(diff)) {
      if (number === ORDER) continue;
      const row = loop.rows[Number(number)];
      if (!row) throw new AddressLost(`row ${number} is not in the page`);
      this.#patchPart(row, change);
    }
  }

  /**
   * @param {ContentSlot} slot
   * @param {string} html
   */
  #replaceContent(slot, html) {
    const fresh = parseHtml(html, slot.parent);
    checkPlace(slot, fresh);
    slot.forget();
    const old = slot.nodes;
    if (old.length === 1 && old[0] instanceof Text && fresh.childNodes.length === 1 && fresh.firstChild instanceof Text) {
      old[0].data = fresh.firstChild.data;
      return;
    }
    this.#forgetRegions(slot.parent);
    morphSiblings(slot.parent, old, fresh, slot.end);
  }

  /**
   * What a morph went through has to be read again.
   *
   * @param {Node} container
   */
  #forgetRegions(container) {
    for (const region of this.#regions.keys()) {
      const isInside = region !== container && container.contains(region);
      if (isInside || !region.isConnected) this.#regions.delete(region);
    }
  }
}

/**
 * @param {Element} element
 * @param {Record<string, string | null>} change
 */
function patchElement(element, change) {
  if (typeof change !== "object") throw new AddressLost("a slot of a start tag got content");
  for (const [name, value] of Object.entries(change)) {
    if (name === TEXT) setText(element, value ?? "");
    else {
      setAttribute(element, name, value);
      followServer(element, name);
    }
  }
}
