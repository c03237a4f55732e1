/**
 * What a script hands over as values of an event, as pairs of name and text: docs/protocol.md, section 3.
 */

/**
 * Names stay names, texts, numbers, booleans and dates become texts; a list gives its name several times, null an empty text,
 * undefined nothing.
 *
 * @param {Record<string, unknown>} values
 * @returns {import("./form.js").Pair[]}
 * @throws {TypeError} For objects in objects: the server's parameters are flat.
 */
export function pairsOf(values) {
  return Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((item) => item !== undefined)
      .map((item) => /** @type {[string, string]} */ ([name, textOf(name, item)])),
  );
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function textOf(name, value) {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`"${name}" is no text, number, boolean or date, nor a list of them. Send JSON.stringify() of it.`);
  }
  return String(value);
}
