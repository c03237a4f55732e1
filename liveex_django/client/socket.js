/**
 * One websocket that comes back by itself: heartbeat and reconnecting. What the frames say is page.js's business.
 */

import { CLOSE_GOING_AWAY, CLOSE_RESTART, CLOSE_SERVICE_RESTART, PING, TYPE } from "./messages.js";

/** Milliseconds without a frame of ours after which a ping is sent; half of what proxies commonly allow. */
const PING_AFTER = 30_000;

/** Milliseconds to wait for a connection, the answer to a join, or a pong, before the connection counts as lost. */
const ANSWER_WITHIN = 20_000;

/** Milliseconds before the second attempt to connect, doubled for each later one; the first is made at once. */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

/** Close codes by which a server says that it ends, and so closes all its pages in the same moment. */
const OF_A_SERVER_THAT_ENDS = [CLOSE_RESTART, CLOSE_SERVICE_RESTART, CLOSE_GOING_AWAY];

/** Milliseconds over which those pages spread their first attempt, so that about a tenth of them comes in each second. */
const RESTART_SPREAD = 10_000;

/** A connection that lasted for so many milliseconds was a good one: the next loss starts from the first delay. */
const STABLE_AFTER = 5_000;

/**
 * @typedef {object} Handlers
 * @property {() => void} opened
 * @property {(text: string) => void} received
 * @property {(code: number) => boolean} closed Returns whether to connect again.
 */

export class Socket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** Whether the server can be sent something. */
  isOpen = false;

  #attempts = 0;
  /** @type {number | null} When this connection was joined, by performance.now(). */
  #joinedAt = null;
  #isPaused = false;
  /** Whether the attempt that waits is one of many pages'. */
  #isSpread = false;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pingTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #answerTimer;

  /**
   * @param {string} url
   * @param {Handlers} handlers
   */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
  }

  connect() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#isPaused = false;
    this.#isSpread = false;
    if (this.#socket) return;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#expectAnswer();
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.isOpen = true;
      this.handlers.opened();
    };
    socket.onmessage = ({ data }) => socket === this.#socket && this.#received(data);
    socket.onclose = ({ code }) => socket === this.#socket && this.#ended(code);
  }

  /** To be called when the server has taken the page's join. */
  markJoined() {
    this.#joinedAt = performance.now();
  }

  /** @param {object} message */
  send(message) {
    this.#socket?.send(JSON.stringify(message));
    clearTimeout(this.#pingTimer);
    this.#pingTimer = setTimeout(() => this.#ping(), PING_AFTER);
  }

  /**
   * Sends what has to be answered, or the connection counts as lost.
   *
   * @param {object} message
   */
  ask(message) {
    this.send(message);
    this.#expectAnswer();
  }

  /** Gives this connection up and makes another one; does not wait for a peer that may be gone to say goodbye. */
  drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#ended(0);
    socket.close();
  }

  /** Closes without connecting again, until `connect()`: the page is being left, or kept in the back/forward cache. */
  pause() {
    this.#isPaused = true;
    this.drop();
  }

  /** The network is back. What the pages of a server spread stays spread: it is back for all of them in this moment. */
  networkReturned() {
    if (!this.#isSpread) this.wake();
  }

  /** The tab is visible: connects now instead of later, or finds out whether the connection lives. */
  wake() {
    if (this.#retryTimer !== undefined) this.connect();
    else if (this.#joinedAt !== null) this.#ping();
  }

  #ping() {
    this.ask({ [TYPE]: PING });
  }

  #expectAnswer() {
    this.#answerTimer ??= setTimeout(() => this.drop(), ANSWER_WITHIN);
  }

  /** @param {string} text */
  #received(text) {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = undefined;
    this.handlers.received(text);
  }

  /** @param {number} code */
  #ended(code) {
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#answerTimer);
    this.#answerTimer = undefined;
    this.#socket = null;
    this.isOpen = false;
    if (this.#joinedAt !== null && performance.now() - this.#joinedAt > STABLE_AFTER) this.#attempts = 0;
    this.#joinedAt = null;
    this.#isSpread = OF_A_SERVER_THAT_ENDS.includes(code);
    if (this.handlers.closed(code) && !this.#isPaused) this.#retry();
  }

  #retry() {
    // Full jitter: whatever the delay, the pages of a server come back spread over the whole of it.
    this.#retryTimer = setTimeout(() => this.connect(), Math.random() * this.#longestDelay());
    this.#attempts++;
  }

  #longestDelay() {
    if (this.#isSpread) return RESTART_SPREAD;
    return this.#attempts ? Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#attempts - 1)) : 0;
  }
}
