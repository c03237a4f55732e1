/**
 * Another page in this document: gets it by HTTP, as the browser would, and puts its title and body in the place of what is
 * shown. Its scripts have to be here already, since none is run twice.
 */

import { parseDocument } from "./html.js";
import { TOKEN_ATTRIBUTE } from "./messages.js";

/** Milliseconds that a page waits for its style sheets, as long as browsers hold back the first paint for a font. */
const STYLES_WITHIN = 3_000;

/** Types of scripts that run. */
const RUNS = /^(module|(text|application)\/javascript)?$/i;

/**
 * @typedef {object} Visited
 * @property {URL} url Where redirects have led.
 * @property {Document} page
 */

/**
 * @param {URL} url
 * @param {RequestInit} [options]
 * @returns {Promise<Visited | null>} null when the browser has to load it: it is not live, an error, or brings scripts.
 * @throws {Error} It could not be had.
 */
export async function getPage(url, options) {
  const response = await fetch(url, { ...options, headers: { Accept: "text/html" } });
  if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/html")) return null;
  const page = parseDocument(await response.text());
  const visited = new URL(response.url);
  visited.hash ||= url.hash;
  const known = new Set(scriptsOf(document, location.href));
  const isShowable = page.querySelector(`[${TOKEN_ATTRIBUTE}]`) && scriptsOf(page, visited.href).every((one) => known.has(one));
  return isShowable ? { url: visited, page } : null;
}

/**
 * Adds the style sheets that the page has and the document lacks; those of earlier pages stay.
 *
 * @param {Visited} visited
 */
export async function addStyles({ page, url }) {
  const known = new Set(stylesOf(document).map((style) => styleKey(style, location.href)));
  const missing = stylesOf(page).filter((style) => !known.has(styleKey(style, url.href)));
  const loads = missing.map((style) => {
    const link = style.getAttribute("href");
    if (link !== null) style.setAttribute("href", new URL(link, url).href);
    document.head.append(style);
    return link === null || new Promise((resolve) => (style.onload = style.onerror = resolve));
  });
  await Promise.race([Promise.all(loads), new Promise((resolve) => setTimeout(resolve, loads.length && STYLES_WITHIN))]);
}

/** @param {Document} page */
export function showPage(page) {
  document.title = page.title;
  for (const name of ["lang", "dir"]) {
    const value = page.documentElement.getAttribute(name);
    if (value === null) document.documentElement.removeAttribute(name);
    else document.documentElement.setAttribute(name, value);
  }
  for (const old of document.head.querySelectorAll("meta[name]")) old.remove();
  document.head.append(...page.head.querySelectorAll("meta[name]"));
  document.body.replaceWith(page.body);
}

/** Puts the focus where the page asks for it, else on its heading, so that a screen reader goes on from there. */
export function focusPage() {
  const wanted = /** @type {HTMLElement | null} */ (document.querySelector("[autofocus]"));
  wanted?.focus({ preventScroll: true });
  if (wanted && document.activeElement === wanted) return;
  const start = /** @type {HTMLElement | null} */ (document.querySelector("h1") ?? document.querySelector("main"));
  if (start && !start.hasAttribute("tabindex")) start.setAttribute("tabindex", "-1");
  start?.focus({ preventScroll: true });
}

/**
 * @param {Document} page
 * @param {string} base
 * @returns {string[]} Addresses and texts of the scripts that run.
 */
function scriptsOf(page, base) {
  return [...page.querySelectorAll("script")]
    .filter((script) => RUNS.test(script.getAttribute("type") ?? ""))
    .map((script) => {
      const source = script.getAttribute("src");
      return source === null ? script.text : new URL(source, base).href;
    });
}

/**
 * @param {Document} page
 * @returns {HTMLElement[]}
 */
const stylesOf = (page) => [...page.head.querySelectorAll(/** @type {"style"} */ ("link[rel~=stylesheet][href], style"))];

/**
 * @param {Element} style
 * @param {string} base
 */
function styleKey(style, base) {
  const link = style.getAttribute("href");
  return link === null ? style.textContent : new URL(link, base).href;
}
