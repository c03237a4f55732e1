/**
 * Makes the live views of a page live. Loaded by {% liveex_script %}:
 *
 *     <script src="/static/liveex_django/liveex.js" data-lx-path="/live/" data-lx-max-frame="65536" defer></script>
 *
 * In the order of a page's life: page.js joins over socket.js; patch.js applies what the server sends, at the places
 * that address.js finds; events.js sends what the user does; feedback.js shows what is on its way.
 */

import { log } from "./log.js";
import { Page } from "./page.js";
import { setTexts } from "./texts.js";

/**
 * What a project's scripts have of it, by window.liveex: types/liveex.d.ts.
 *
 * @implements {PublicLiveEx}
 */
export class LiveEx {
  /** @param {Page} page For a look from the browser's console. */
  constructor(page) {
    this.page = page;
  }

  /** Takes the callbacks for elements with lx-hook. */
  get hooks() {
    return this.page.hooks;
  }

  /** Whether what the user sees is live now. */
  get connected() {
    return this.page.isJoined;
  }
}

/** @typedef {import("./types/liveex.js").LiveEx} PublicLiveEx */

/** Fired at the document, with window.liveex as its detail, once all scripts that were deferred have run. */
const READY = "liveex:ready";

// An <img name="currentScript"> in somebody's text would be found under that name, and the page would join elsewhere.
const script = document.currentScript;
const options = script instanceof HTMLScriptElement ? script.dataset : {};
const path = options.lxPath ?? "/live/";
/** Bytes of a frame that the server takes, LIVEEX["MAX_FRAME"]; it closes the socket on a larger one. */
const largestFrame = Number(options.lxMaxFrame ?? 65_536);
setTexts(options.lxTexts);

function start() {
  // Its own, and not the element that an id="liveex" makes window.liveex stand for.
  if (Object.hasOwn(window, "liveex")) return log("warn", "liveex.loaded-twice", "The script is in the page twice; the second does nothing.");
  const page = new Page(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`, largestFrame);
  if (!page.start()) return;
  const liveex = (window.liveex = new LiveEx(page));
  const tell = () => document.dispatchEvent(new CustomEvent(READY, { detail: liveex }));
  if (isParsed()) tell();
  else document.addEventListener("DOMContentLoaded", tell);
}

/** @returns {boolean} Whether DOMContentLoaded is over; while deferred scripts run the document is "interactive" already. */
function isParsed() {
  const [load] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return document.readyState === "complete" || load?.domContentLoadedEventStart > 0;
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
