/**
 * Brings the rows of a loop into the order that a diff says: rows are inserted, moved and removed as nodes.
 */

import { AddressLost, ContentSlot, nodesBetween, Part } from "./address.js";
import { arrange } from "./arrange.js";
import { buildRows, parseHtml } from "./html.js";
import { FINGERPRINT, ROWS } from "./messages.js";
import { checkPlace } from "./tables.js";

/**
 * @typedef {import("./address.js").Row} Row
 * @typedef {{f: string, r: any[][]}} NewRows
 */

/**
 * @param {ContentSlot} loop
 * @param {(number | [number, number] | NewRows)[]} order
 * @param {import("./parts.js").Parts} parts
 */
export function reorderRows(loop, order, parts) {
  const old = loop.rows;
  const places = new Map(old.map((row, place) => [row, place]));
  const rows = order.flatMap((item) => rowsOf(item, loop, parts));
  const kept = new Set(rows.map(({ row }) => row));
  if (kept.size < rows.length) throw new AddressLost("a row stands twice in the new order");

  // Where a row ends is where the next one starts, so all are looked up before anything moves.
  const nodes = new Map(old.map((row, place) => [row, nodesBetween(row.mark, old[place + 1]?.mark ?? loop.end)]));
  for (const [row, its] of nodes) if (!kept.has(row)) for (const node of its) loop.parent.removeChild(node);
  arrange(
    loop.parent,
    rows.map(({ row, fresh }) => fresh ?? nodes.get(row) ?? []),
    rows.map(({ row }) => places.get(row) ?? -1),
    loop.end,
  );
  loop.rows = rows.map(({ row }) => row);
}

/**
 * @param {number | [number, number] | NewRows} item
 * @param {ContentSlot} loop
 * @param {import("./parts.js").Parts} parts
 * @returns {{row: Row, fresh?: Node[]}[]}
 */
function rowsOf(item, loop, parts) {
  if (!Array.isArray(item)) return typeof item === "number" ? [oldRow(loop, item)] : makeRows(item, loop, parts);
  const [first, last] = item;
  return Array.from({ length: last - first + 1 }, (_, offset) => oldRow(loop, first + offset));
}

/**
 * @param {ContentSlot} loop
 * @param {number} number
 */
function oldRow(loop, number) {
  const row = loop.rows[number];
  if (!row) throw new AddressLost(`row ${number} is not in the page`);
  return { row };
}

/**
 * Parses new rows in one go and reads their slots while they are not in the page yet.
 *
 * @param {NewRows} value
 * @param {ContentSlot} loop
 * @param {import("./parts.js").Parts} parts
 */
function makeRows(value, loop, parts) {
  const fragment = parseHtml(buildRows(value[FINGERPRINT], value[ROWS], parts), loop.parent);
  checkPlace(loop, fragment);
  const made = new ContentSlot(document.createComment(""), new Part());
  made.end = document.createComment("");
  fragment.prepend(made.start);
  fragment.append(made.end);
  made.forget();
  made.read();
  if (made.rows.length !== value[ROWS].length) throw new AddressLost("new rows do not parse as rows");
  return made.rows.map((row, place) => ({
    row,
    fresh: nodesBetween(row.mark, made.rows[place + 1]?.mark ?? made.end),
  }));
}
