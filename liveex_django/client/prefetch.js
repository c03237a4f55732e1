/**
 * Gets the page of a link with lx-navigate when the user is about to follow it, so that it is there with the click.
 */

import { NAVIGATE, linkOf } from "./links.js";
import { safeUrl } from "./url.js";
import { getPage } from "./visit.js";

/** Milliseconds on a link after which a click is likely; a pointer that crosses it is gone by then. */
const AFTER = 65;

/** Milliseconds for which the page is kept; what is shown then is brought up to date by the join. */
const KEEP = 5_000;

export class Prefetch {
  #href = "";
  /** @type {Promise<import("./visit.js").Visited | null> | null} */
  #page = null;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #starting;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ending;

  start() {
    for (const name of ["mouseover", "focusin", "touchstart"]) {
      document.addEventListener(name, ({ target }) => this.#consider(target), { passive: true });
    }
    for (const name of ["mouseout", "focusout"]) document.addEventListener(name, () => clearTimeout(this.#starting));
  }

  /**
   * @param {URL} url
   * @returns {Promise<import("./visit.js").Visited | null> | null} null when it was not asked for. Counts once.
   */
  take(url) {
    const page = this.#href === url.href ? this.#page : null;
    this.#forget();
    return page;
  }

  /** @param {EventTarget | null} target */
  #consider(target) {
    clearTimeout(this.#starting);
    const link = linkOf(target, NAVIGATE);
    const url = link && safeUrl(link.href);
    const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
    if (!url || url.href === this.#href || connection?.saveData || link.closest('[lx-prefetch="off"]')) return;
    this.#starting = setTimeout(() => this.#get(url), AFTER);
  }

  /** @param {URL} url */
  #get(url) {
    this.#forget();
    this.#href = url.href;
    this.#page = getPage(url, { priority: "low" });
    // Whoever follows the link is told.
    this.#page.catch(() => this.#href === url.href && this.#forget());
    this.#ending = setTimeout(() => this.#forget(), KEEP);
  }

  #forget() {
    clearTimeout(this.#starting);
    clearTimeout(this.#ending);
    this.#href = "";
    this.#page = null;
  }
}
