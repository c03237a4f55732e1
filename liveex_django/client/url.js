/**
 * Which addresses a page may be led to: those of its own site, over http or https.
 */

/** What the URL parser drops or takes for a slash, so that a filter on a server may have read something else. */
const NOT_IN_A_URL = /[\u0000-\u0020\u007f\\\s]/;

/**
 * @param {unknown} text
 * @returns {URL | null} null when it leads elsewhere, or runs code.
 */
export function safeUrl(text) {
  if (typeof text !== "string" || NOT_IN_A_URL.test(text)) return null;
  try {
    const url = new URL(text, location.href);
    // A blob: has the origin of the page that made it.
    return url.origin === location.origin && /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/**
 * What of an address names a page; the rest is a place in it.
 *
 * @param {URL | Location} url
 */
export const pageOf = ({ pathname, search }) => pathname + search;

/**
 * @param {{hash: string}} url
 * @returns {Element | null} The place in the page that it names.
 */
export function placeOf({ hash }) {
  if (!hash) return null;
  try {
    return document.getElementById(decodeURIComponent(hash.slice(1)));
  } catch {
    return null;
  }
}
