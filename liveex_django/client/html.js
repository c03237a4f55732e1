/**
 * Full values to HTML, and HTML to nodes: the only file that hands text to the browser's HTML parser.
 */

import { FINGERPRINT, ROW_START, ROWS } from "./messages.js";

/**
 * A full value of a slot: docs/protocol.md, section 2.
 * @typedef {string | [string, ...any[]] | {f: string, r: any[][]}} FullValue
 */

/** What stands in front of each row of a loop. */
const ROW_MARK = `<!--${ROW_START}-->`;

/** Elements of SVG and MathML with HTML in them: the "integration points" of the HTML standard. */
const HOLDS_HTML = new Set(["annotation-xml", "desc", "foreignObject", "mi", "mn", "mo", "ms", "mtext", "title"]);

/** @type {TrustedHtmlPolicy | undefined} */
let policy;

/**
 * Made at the first use, so that a page whose policy list does not name it fails at the first patch
 * with the browser's own message, and not while it loads.
 */
function trustedPolicy() {
  const keep = { createHTML: (/** @type {string} */ html) => html };
  return (policy ??= window.trustedTypes?.createPolicy("liveex", keep) ?? keep);
}

/**
 * @param {FullValue} value
 * @param {import("./parts.js").Parts} parts
 * @returns {string} HTML source with markers.
 */
export function buildHtml(value, parts) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return fill(parts.get(value[0]), value.slice(1), parts);
  return buildRows(value[FINGERPRINT], value[ROWS], parts);
}

/**
 * @param {string} fingerprint
 * @param {any[][]} rows
 * @param {import("./parts.js").Parts} parts
 */
export function buildRows(fingerprint, rows, parts) {
  const statics = parts.get(fingerprint);
  return rows.map((values) => ROW_MARK + fill(statics, values, parts)).join("");
}

/**
 * @param {string[]} statics
 * @param {any[]} values
 * @param {import("./parts.js").Parts} parts
 */
function fill(statics, values, parts) {
  let html = statics[0];
  values.forEach((value, number) => (html += buildHtml(value, parts) + statics[number + 1]));
  return html;
}

/**
 * Parses HTML as content of `parent`. A <template> takes rows, cells and options as they come; content of
 * SVG and MathML needs its own root around it to get its namespace. Scripts in it never run.
 *
 * @param {string} html
 * @param {Node | null} parent
 * @returns {DocumentFragment}
 */
export function parseHtml(html, parent) {
  const root = foreignRoot(parent);
  const template = document.createElement("template");
  template.innerHTML = trustedPolicy().createHTML(root ? `<${root}>${html}</${root}>` : html);
  const { content } = template;
  if (root) content.replaceChildren(.../** @type {Element} */ (content.firstChild).childNodes);
  // Only where scripts run <noscript> holds text, and a <template> is not such a place: what is in it would come alive.
  for (const element of content.querySelectorAll("noscript")) element.textContent = element.innerHTML;
  return content;
}

/**
 * A whole page. Scripts in it never run.
 *
 * @param {string} html
 * @returns {Document}
 */
export function parseDocument(html) {
  const page = new DOMParser().parseFromString(trustedPolicy().createHTML(html), "text/html");
  for (const element of page.querySelectorAll("noscript")) element.textContent = element.innerHTML; // as above
  return page;
}

/**
 * @param {Node | null} parent
 * @returns {"svg" | "math" | ""}
 */
function foreignRoot(parent) {
  if (!(parent instanceof Element) || HOLDS_HTML.has(parent.localName)) return "";
  if (parent.namespaceURI === "http://www.w3.org/2000/svg") return "svg";
  return parent.namespaceURI === "http://www.w3.org/1998/Math/MathML" ? "math" : "";
}
