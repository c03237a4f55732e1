/**
 * Where each entry of the history was scrolled to. The browser does it by itself until there are entries of ours: it would
 * scroll before what belongs to them is shown.
 */

/** In the state of an entry: its id. A tab that is duplicated has the same entries with the same ids, and storage of its own. */
const STATE = "liveex";

/** In sessionStorage: the positions of the entries that this tab had before its page was loaded again. */
const STORED = "liveex.scroll";

/** Positions that are kept; Chrome and Firefox keep 50 entries. */
const MOST = 50;

export class Scroll {
  /** @type {Map<string, [number, number]>} Entry to where it was scrolled to. */
  #positions = new Map();

  /** The entry that is shown; "" before there is one of ours. */
  #entry = "";

  /** Whether the page is about to show another entry, so that what happens meanwhile is not the user's scrolling. */
  #isMoving = false;

  start() {
    addEventListener("scroll", () => this.#note(), { passive: true });
    addEventListener("pagehide", () => this.#release());
    addEventListener("pageshow", () => this.#entry && this.#control());
    // Loaded again, or come back to: the browser has scrolled.
    if (isOurs(history.state)) this.manage();
  }

  get isManaging() {
    return this.#entry !== "";
  }

  /** From now on entries have ids. */
  manage() {
    if (this.#entry) return;
    try {
      this.#positions = new Map(JSON.parse(sessionStorage.getItem(STORED) ?? "[]"));
    } catch {
      // No storage, or somebody else's: back leads to the top of pages then.
    }
    this.#control();
    this.enter(history.state);
    this.#isMoving = false;
  }

  /**
   * Makes the entry of another URL, or gives this one another URL.
   *
   * @param {URL} url
   * @param {boolean} replace
   */
  write(url, replace) {
    this.manage();
    this.#note();
    if (replace) return history.replaceState(history.state, "", url);
    this.#entry = newId();
    history.pushState({ [STATE]: this.#entry }, "", url);
  }

  /**
   * The browser has gone to an entry; one without an id gets one.
   *
   * @param {unknown} state
   */
  enter(state) {
    this.#isMoving = true;
    this.#entry = isOurs(state) ? state[STATE] : newId();
    if (!isOurs(state)) history.replaceState({ ...(state ?? {}), [STATE]: this.#entry }, "");
  }

  /** What belongs to the entry is shown. */
  restore() {
    this.#isMoving = false;
    scrollTo(...(this.#positions.get(this.#entry) ?? /** @type {[number, number]} */ ([0, 0])));
  }

  /** @param {Element | null} place null: the top. */
  show(place) {
    if (place) place.scrollIntoView();
    else scrollTo(0, 0);
  }

  #note() {
    if (!this.#entry || this.#isMoving) return;
    this.#positions.delete(this.#entry);
    this.#positions.set(this.#entry, [scrollX, scrollY]);
    if (this.#positions.size > MOST) this.#positions.delete(/** @type {string} */ (this.#positions.keys().next().value));
  }

  #control() {
    history.scrollRestoration = "manual";
  }

  /** The browser does it again: for a page that is loaded again, and for others. */
  #release() {
    if (!this.#entry) return;
    history.scrollRestoration = "auto";
    try {
      sessionStorage.setItem(STORED, JSON.stringify([...this.#positions]));
    } catch {
      // As above.
    }
  }
}

/**
 * @param {any} state Of an entry of the history; null, or what some script has made it.
 * @returns {state is Record<string, string>}
 */
export function isOurs(state) {
  return typeof state?.[STATE] === "string";
}

const newId = () => Math.random().toString(36).slice(2);
