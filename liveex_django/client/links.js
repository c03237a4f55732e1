/**
 * Links and forms that lead to another query or another page without loading the document. Like links they work everywhere
 * in it, in a live view and around.
 */

export const PATCH = "lx-patch";
export const NAVIGATE = "lx-navigate";

/**
 * @param {EventTarget | null} target
 * @param {string} attribute
 * @returns {HTMLAnchorElement | null} null for a link that opens elsewhere, or saves a file.
 */
export function linkOf(target, attribute) {
  const link = target instanceof Element ? target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || !link.hasAttribute(attribute) || link.hasAttribute("download")) return null;
  return ["", "_self"].includes(link.target) ? link : null;
}

/**
 * @param {MouseEvent} event
 * @returns {boolean} Whether the browser would open the link in this tab.
 */
export function isPlainClick(event) {
  return !(event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

/**
 * @param {EventTarget | null | undefined} target
 * @returns {HTMLFormElement | null} null for a form that is not ours, or is posted.
 */
export function formOf(target) {
  if (!(target instanceof HTMLFormElement) || !target.hasAttribute(PATCH)) return null;
  return (target.getAttribute("method") ?? "get").toLowerCase() === "get" ? target : null;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [submitter]
 * @returns {string} Where the browser would go.
 */
export function addressOf(form, submitter) {
  const url = new URL(submitter?.getAttribute("formaction") || form.getAttribute("action") || location.pathname, location.href);
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === "string") query.append(name, value);
  url.search = String(query);
  url.hash = "";
  return url.href;
}
