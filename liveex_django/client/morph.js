/**
 * Changes nodes into other nodes, keeping as many as possible.
 *
 * Siblings are matched by id, then by the ids inside them, else in order by kind. Left alone: elements with lx-ignore, nested
 * views that stay the same, forms that are being recovered, and what the user did to a field, a <details> or a <dialog>.
 *
 * A library for this is as large as a sixth of the whole script. What it does more is find an element again whose parent
 * has changed too; here only opaque slots and whole regions are morphed, and rows of loops have been matched by the server.
 */

import { IGNORE_ATTRIBUTE } from "./address.js";
import { arrange } from "./arrange.js";
import { stateAttributes, takeOverState } from "./attributes.js";
import { keepEffects } from "./effects.js";
import { REGION_ATTRIBUTE, VIEW_ATTRIBUTE } from "./messages.js";
import { isBeingRecovered } from "./recovery.js";

/**
 * @param {Node & ParentNode} element
 * @param {Node & ParentNode} fresh Its content is what the element's content shall be.
 */
export function morphContent(element, fresh) {
  morphSiblings(element, [...element.childNodes], fresh, null);
}

/**
 * @param {Node & ParentNode} parent
 * @param {Node[]} old Siblings in it.
 * @param {Node & ParentNode} fresh Holds what they shall become.
 * @param {Node | null} anchor The node that follows them.
 */
export function morphSiblings(parent, old, fresh, anchor) {
  const wanted = [...fresh.childNodes];
  const matches = match(old, wanted);
  const used = new Set(matches.values());
  const places = new Map(old.map((node, place) => [node, place]));
  for (const node of old) if (!used.has(node)) parent.removeChild(node);
  for (const [node, kept] of matches) morphNode(kept, node);
  arrange(
    parent,
    wanted.map((node) => [matches.get(node) ?? node]),
    wanted.map((node) => places.get(/** @type {Node} */ (matches.get(node))) ?? -1),
    anchor,
  );
}

/**
 * @param {Node} old
 * @param {Node} fresh Of the same kind.
 */
function morphNode(old, fresh) {
  if (old instanceof CharacterData) {
    if (old.data !== fresh.nodeValue) old.data = fresh.nodeValue ?? "";
  } else if (old instanceof Element && fresh instanceof Element && !isLeftAlone(old, fresh)) {
    keepEffects(old, fresh);
    takeOverState(old, fresh);
    morphAttributes(old, fresh);
    if (old instanceof HTMLTemplateElement) morphContent(old.content, /** @type {HTMLTemplateElement} */ (fresh).content);
    else if (!(old instanceof HTMLTextAreaElement)) morphContent(old, fresh);
  }
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function morphAttributes(old, fresh) {
  const kept = stateAttributes(old);
  // Whether it is open the user decides.
  if (old instanceof HTMLDetailsElement || old instanceof HTMLDialogElement) kept.push("open");
  for (const { name, value, namespaceURI } of fresh.attributes) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttributeNS(namespaceURI, name, value);
  }
  for (const name of old.getAttributeNames()) {
    if (!kept.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

/**
 * @param {Node[]} old
 * @param {Node[]} wanted
 * @returns {Map<Node, Node>} Wanted node to the old node that becomes it.
 */
function match(old, wanted) {
  /** @type {Map<Node, Node>} */
  const matches = new Map();
  const free = new Set(old);
  const pair = (/** @type {Node} */ node, /** @type {Node | undefined} */ found) => {
    if (found && found.nodeName === node.nodeName && free.delete(found)) matches.set(node, found);
  };
  const byId = new Map(old.map((node) => [idOf(node), node]));
  for (const node of wanted) if (idOf(node)) pair(node, byId.get(idOf(node)));

  const nameless = wanted.filter((node) => !idOf(node));
  const byIdInside = new Map([...free].flatMap((node) => (idOf(node) ? [] : idsInside(node).map((id) => [id, node]))));
  if (byIdInside.size) {
    for (const node of nameless) for (const id of idsInside(node)) if (!matches.has(node)) pair(node, byIdInside.get(id));
  }

  const rest = [...free].filter((node) => !idOf(node));
  for (const node of nameless) {
    if (matches.has(node)) continue;
    const found = rest.findIndex((candidate) => candidate.nodeName === node.nodeName);
    if (found >= 0) pair(node, rest.splice(0, found + 1)[found]);
  }
  return matches;
}

/** @param {Node} node */
const idOf = (node) => (node instanceof Element ? (node.getAttribute("id") ?? "") : "");

/** @param {Node} node */
const idsInside = (node) => (node instanceof Element ? [...node.querySelectorAll("[id]")].map(idOf).filter(Boolean) : []);

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function isLeftAlone(old, fresh) {
  if (isBeingRecovered(old, fresh)) return true;
  if (old.hasAttribute(IGNORE_ATTRIBUTE)) return fresh.hasAttribute(IGNORE_ATTRIBUTE);
  return (
    old.hasAttribute(VIEW_ATTRIBUTE) &&
    [VIEW_ATTRIBUTE, REGION_ATTRIBUTE].every((name) => old.getAttribute(name) === fresh.getAttribute(name))
  );
}
