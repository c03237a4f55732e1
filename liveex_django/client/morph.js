/**
 * Changes nodes into other nodes, keeping as many as possible: the only file that knows idiomorph.
 *
 * Left alone: elements with lx-ignore, nested views that stay the same, and what the user did to a field, a
 * <details> or a <dialog>.
 */

import { Idiomorph } from "idiomorph";
import { IGNORE_ATTRIBUTE } from "./address.js";
import { arrange } from "./arrange.js";
import { stateAttributes, takeOverState } from "./attributes.js";
import { keepEffects } from "./effects.js";
import { REGION_ATTRIBUTE, VIEW_ATTRIBUTE } from "./messages.js";
import { isBeingRecovered } from "./recovery.js";

/** @type {import("idiomorph").Config} */
const CONFIG = {
  callbacks: {
    beforeNodeMorphed(old, fresh) {
      if (!(old instanceof Element && fresh instanceof Element)) return true;
      if (isLeftAlone(old, fresh)) return false;
      keepEffects(old, fresh);
      takeOverState(old, fresh);
      return true;
    },
    beforeAttributeUpdated(name, element) {
      if (name === "open") return !(element instanceof HTMLDetailsElement || element instanceof HTMLDialogElement);
      // idiomorph asks for "value" of a <textarea> too, meaning the property.
      return !stateAttributes(element).includes(name) && !(element instanceof HTMLTextAreaElement && name === "value");
    },
  },
};

/**
 * @param {Element} element
 * @param {DocumentFragment} fresh What the element's content shall be.
 */
export function morphContent(element, fresh) {
  Idiomorph.morph(element, fresh, { ...CONFIG, morphStyle: "innerHTML" });
}

/**
 * Morphs some siblings. The outermost nodes are matched here: by id, else in order by kind; what is inside them is
 * matched by idiomorph, which knows whole elements only.
 *
 * @param {Node & ParentNode} parent
 * @param {Node[]} old
 * @param {DocumentFragment} fresh
 * @param {Node | null} anchor The node that follows them.
 */
export function morphSiblings(parent, old, fresh, anchor) {
  const wanted = [...fresh.childNodes];
  const matches = match(old, wanted);
  const used = new Set(matches.values());
  for (const node of old) if (!used.has(node)) parent.removeChild(node);
  for (const [node, kept] of matches) if (kept instanceof Element) Idiomorph.morph(kept, node, CONFIG);
  arrange(
    parent,
    wanted.map((node) => [matches.get(node) ?? node]),
    wanted.map((node) => old.indexOf(/** @type {Node} */ (matches.get(node)))),
    anchor,
  );
  for (const [node, kept] of matches) if (kept instanceof CharacterData) setData(kept, node.nodeValue ?? "");
}

/**
 * @param {Node[]} old
 * @param {Node[]} wanted
 * @returns {Map<Node, Node>} Wanted node to the old node that becomes it.
 */
function match(old, wanted) {
  const byId = new Map(old.map((node) => [idOf(node), node]));
  /** @type {Map<Node, Node>} */
  const matches = new Map();
  for (const node of wanted) {
    const same = idOf(node) && byId.get(idOf(node));
    if (same && same.nodeName === node.nodeName && byId.delete(idOf(node))) matches.set(node, same);
  }
  const taken = new Set(matches.values());
  const free = old.filter((node) => !taken.has(node) && !idOf(node));
  for (const node of wanted) {
    if (matches.has(node) || idOf(node)) continue;
    const found = free.findIndex((candidate) => candidate.nodeName === node.nodeName);
    if (found >= 0) matches.set(node, free.splice(0, found + 1)[found]);
  }
  return matches;
}

/** @param {Node} node */
const idOf = (node) => (node instanceof Element ? (node.getAttribute("id") ?? "") : "");

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

/**
 * @param {CharacterData} node
 * @param {string} data
 */
function setData(node, data) {
  if (node.data !== data) node.data = data;
}
