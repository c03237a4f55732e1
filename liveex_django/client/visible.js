/**
 * Tells when elements with lx-visible come into view: one observer for all of them, those that patches bring included.
 */

const VISIBLE = "lx-visible";

export class Visible {
  /** @type {Map<Element, number>} Those in view, with where in the document they were then, in pixels. */
  #inView = new Map();

  #intersections = new IntersectionObserver((entries) => entries.forEach((entry) => this.#tell(entry)));
  #mutations = new MutationObserver((records) => this.#changed(records));

  /** @param {(element: Element) => void} entered */
  constructor(entered) {
    this.entered = entered;
  }

  start() {
    const attributeFilter = [VISIBLE];
    this.#mutations.observe(document.documentElement, { subtree: true, childList: true, attributeFilter });
    this.#observe(document.documentElement);
  }

  stop() {
    this.#mutations.disconnect();
    this.#intersections.disconnect();
    this.#inView.clear();
  }

  /** @param {IntersectionObserverEntry} entry */
  #tell({ target, isIntersecting }) {
    this.#inView.delete(target);
    if (!isIntersecting) return;
    this.#inView.set(target, placeOf(target));
    if (target.hasAttribute(VISIBLE)) this.entered(target);
  }

  /** @param {MutationRecord[]} records */
  #changed(records) {
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes") this.#again(/** @type {Element} */ (target));
      for (const node of addedNodes) if (node instanceof Element) this.#observe(node);
    }
    // The end of a list that has grown, and is in view all the same: there is room for more.
    for (const [element, place] of this.#inView) if (placeOf(element) !== place) this.#again(element);
  }

  /** @param {Element} element Told of once more if it is in view. */
  #again(element) {
    this.#intersections.unobserve(element);
    this.#inView.delete(element);
    if (element.hasAttribute(VISIBLE) && element.isConnected) this.#intersections.observe(element);
  }

  /** @param {Element} root */
  #observe(root) {
    if (root.hasAttribute(VISIBLE)) this.#intersections.observe(root);
    for (const element of root.querySelectorAll(`[${VISIBLE}]`)) this.#intersections.observe(element);
  }
}

/** @param {Element} element */
const placeOf = (element) => Math.round(element.getBoundingClientRect().top + scrollY);
