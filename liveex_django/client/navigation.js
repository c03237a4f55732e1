/**
 * Where the page goes: another query of its URL over its socket, another live page in the same document, and back and forward
 * between them. What is not live, the browser loads.
 */

import { addressOf, formOf, isPlainClick, linkOf, NAVIGATE, PATCH } from "./links.js";
import { log } from "./log.js";
import { APPLIED, VIEW_ATTRIBUTE } from "./messages.js";
import { Prefetch } from "./prefetch.js";
import { startProgress, stopProgress } from "./progress.js";
import { isOurs, Scroll } from "./scroll.js";
import { Timing } from "./timing.js";
import { pageOf, placeOf, safeUrl } from "./url.js";
import { addStyles, focusPage, getPage, showPage } from "./visit.js";

/** @typedef {"push" | "replace" | "pop"} How What becomes of the history; "pop": the browser has gone to the entry. */

export class Navigation {
  #scroll = new Scroll();
  #prefetch = new Prefetch();
  #timing = new Timing();

  /** What the document shows; while a page is on its way the address may be ahead. */
  #shown = pageOf(location);

  /** How often the user has gone back or forward: an answer from before that makes no entry any more. */
  #pops = 0;

  /** @type {AbortController | null} The page that is on its way. */
  #visiting = null;

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.page = page;
  }

  start() {
    document.addEventListener("click", (event) => this.#click(event));
    document.addEventListener("submit", (event) => this.#submit(event));
    document.addEventListener("input", ({ target }) => this.#change(target));
    addEventListener("popstate", ({ state }) => this.#popped(state));
    this.#scroll.start();
    this.#prefetch.start();
  }

  /** Sends what lx-debounce still holds back. */
  flush() {
    this.#timing.flushAll();
  }

  // What the server says.

  /** @param {[url: string, replace: boolean]} patched The page has another query now. */
  patched([text, replace]) {
    const url = safeUrl(text);
    if (url) this.#show(url, replace ? "replace" : "push");
    else refuse(text);
  }

  /** @param {string} text */
  navigate(text) {
    const url = safeUrl(text);
    if (url) this.#visit(url, "push");
    else refuse(text);
  }

  /** @param {string} text */
  redirect(text) {
    const url = safeUrl(text);
    if (url) location.assign(url);
    else refuse(text);
  }

  // What the user does.

  /** @param {MouseEvent} event */
  #click(event) {
    const link = linkOf(event.target, PATCH) ?? linkOf(event.target, NAVIGATE);
    const url = link && safeUrl(link.href);
    if (!url || !isPlainClick(event)) return;
    if (url.hash && pageOf(url) === this.#shown) return; // a place in this page
    event.preventDefault();
    this.#go(url, link.hasAttribute("lx-replace") ? "replace" : "push", link);
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    const form = formOf(event.target);
    const url = form && safeUrl(addressOf(form, event.submitter));
    if (!url || event.defaultPrevented) return;
    event.preventDefault();
    this.#timing.flushForm(form);
    this.#go(url, form.hasAttribute("lx-replace") ? "replace" : "push", form);
  }

  /** @param {EventTarget | null} field Of a form with lx-patch="change": its state is in the URL while it is being changed. */
  #change(field) {
    const form = formOf(/** @type {HTMLInputElement | null} */ (field)?.form);
    if (!form || form.getAttribute(PATCH) !== "change") return;
    const element = /** @type {Element} */ (field);
    const delay = (/** @type {string} */ key) => element.getAttribute(key) ?? form.getAttribute(key);
    this.#timing.run(element, PATCH, { debounce: delay("lx-debounce"), throttle: delay("lx-throttle"), keepLast: true }, () => {
      const url = safeUrl(addressOf(form));
      if (url && form.isConnected) this.#go(url, "replace", form);
    });
  }

  /**
   * @param {URL} url
   * @param {How} how
   * @param {Element} element
   */
  #go(url, how, element) {
    if (element.hasAttribute(PATCH) && url.pathname === location.pathname) this.#patch(url, how, element);
    else this.#visit(url, how);
  }

  /** @param {unknown} state Of the entry that the browser has gone to. */
  #popped(state) {
    // Another script's entry; or a place in a page without entries of ours, to which the browser has scrolled.
    if (state ? !isOurs(state) : !this.#scroll.isManaging) return;
    this.#pops++;
    this.#visiting?.abort();
    this.#scroll.manage();
    this.#scroll.enter(state);
    const url = new URL(location.href);
    if (pageOf(url) === this.#shown) this.#scroll.restore();
    else if (url.pathname === new URL(this.#shown, url).pathname) this.#patch(url, "pop");
    else this.#visit(url, "pop");
  }

  // What follows.

  /**
   * @param {URL} url
   * @param {How} how
   * @param {Element | null} [element]
   */
  #patch(url, how, element = document.querySelector(`[${VIEW_ATTRIBUTE}]`)) {
    if (how !== "pop" && !tell("navigate", { url: url.href, kind: "patch" })) return;
    if (this.page.isStopped) return load(url, how);
    const pops = this.#pops;
    this.#visiting?.abort();
    this.page.sendParams(element, url.search.slice(1), (outcome, details) => {
      if (outcome !== APPLIED) return how === "pop" && location.reload();
      const chosen = details.url === undefined ? url : safeUrl(details.url);
      if (chosen && pops === this.#pops) this.#show(chosen, how);
    });
  }

  /**
   * The page shows what belongs to another query.
   *
   * @param {URL} url
   * @param {How} how
   */
  #show(url, how) {
    this.#write(url, how);
    if (how === "pop") this.#scroll.restore();
    else if (placeOf(url)) this.#scroll.show(placeOf(url));
    tell("navigated", { url: url.href, kind: "patch" });
  }

  /**
   * @param {URL} url
   * @param {How} how
   */
  #write(url, how) {
    if (how !== "pop") this.#scroll.write(url, how === "replace" || url.href === location.href);
    else if (url.href !== location.href) this.#scroll.write(url, true);
    this.#shown = pageOf(url);
  }

  /**
   * @param {URL} url
   * @param {How} how
   */
  async #visit(url, how) {
    if (how !== "pop" && !tell("navigate", { url: url.href, kind: "navigate" })) return;
    if (this.page.isStopped) return load(url, how);
    this.#visiting?.abort();
    const visiting = (this.#visiting = new AbortController());
    const { signal } = visiting;
    startProgress();
    try {
      const get = () => getPage(url, { signal });
      const visited = await (this.#prefetch.take(url)?.catch(get) ?? get());
      if (visited) await addStyles(visited);
      if (signal.aborted) return;
      if (visited) this.#enter(visited, how);
      else load(url, how);
    } catch (error) {
      if (signal.aborted) return;
      // With a connection it is not the network: the answer led to another site, which fetch() does not follow.
      if (this.page.isJoined || how === "pop") return load(url, how);
      log("warn", "liveex.navigation-failed", `${url.href} could not be reached, so the page stays.`, error);
      tell("navigation-failed", { url: url.href });
    } finally {
      if (this.#visiting === visiting) this.#visiting = null;
      stopProgress();
    }
  }

  /**
   * @param {import("./visit.js").Visited} visited
   * @param {How} how
   */
  #enter({ url, page }, how) {
    this.page.leave();
    this.#write(url, how);
    showPage(page);
    this.page.enter();
    focusPage();
    if (how === "pop") this.#scroll.restore();
    else this.#scroll.show(placeOf(url));
    tell("navigated", { url: url.href, kind: "navigate" });
  }
}

/**
 * @param {string} name
 * @param {object} [detail]
 * @returns {boolean} False when somebody has prevented it.
 */
function tell(name, detail) {
  return document.dispatchEvent(new CustomEvent(`liveex:${name}`, { detail, cancelable: name === "navigate" }));
}

/**
 * @param {URL} url
 * @param {How} how
 */
function load(url, how) {
  if (how === "pop") location.reload();
  else if (how === "replace") location.replace(url);
  else location.assign(url);
}

/** @param {string} text */
function refuse(text) {
  log("error", "liveex.redirect-refused", `"${text}" was not followed: it is no http or https address of this site.`);
}
