/**
 * Puts nodes in order with the fewest moves, and never moves what the focus is in.
 */

/**
 * @param {Node & ParentNode} parent
 * @param {Node[][]} groups Groups of nodes, in the order they shall have in the end.
 * @param {number[]} places Where each group stood before: any rising numbers; -1 for a new one.
 * @param {Node | null} anchor The node that follows the last group.
 */
export function arrange(parent, groups, places, anchor) {
  const focused = groups.findIndex((nodes) => nodes.some((node) => node.contains(document.activeElement)));
  const staying = longestRise(places, focused);
  for (let index = groups.length - 1; index >= 0; index--) {
    if (!staying.has(index)) for (const node of groups[index]) place(parent, node, anchor);
    anchor = groups[index][0] ?? anchor;
  }
}

/**
 * moveBefore keeps focus, scroll positions, playing media and running transitions; browsers without it lose them for
 * the nodes that move.
 *
 * @param {Node & ParentNode} parent
 * @param {Node} node
 * @param {Node | null} anchor
 */
function place(parent, node, anchor) {
  const target = /** @type {Node & {moveBefore?: (node: Node, anchor: Node | null) => void}} */ (parent);
  if (target.moveBefore && node.isConnected && target.isConnected) target.moveBefore(node, anchor);
  else target.insertBefore(node, anchor);
}

/**
 * The longest rising subsequence, by patience sorting; groups in it can stay where they are.
 *
 * @param {number[]} places
 * @param {number} fixed Index of one that must be in it; -1 for none.
 * @returns {Set<number>} Indexes into `places`.
 */
function longestRise(places, fixed) {
  const pivot = places[fixed] ?? -1;
  /** @type {number[]} Index of the lowest end of a rise of each length. */
  const ends = [];
  /** @type {Map<number, number>} Index to the index before it in its rise. */
  const before = new Map();
  places.forEach((place, index) => {
    if (place < 0 || (pivot >= 0 && Math.sign(place - pivot) !== Math.sign(index - fixed))) return;
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (places[ends[middle]] < place) low = middle + 1;
      else high = middle;
    }
    if (low) before.set(index, ends[low - 1]);
    ends[low] = index;
  });
  const rise = new Set();
  for (let index = ends.at(-1); index !== undefined; index = before.get(index)) rise.add(index);
  return rise;
}
