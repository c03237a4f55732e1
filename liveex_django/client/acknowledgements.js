/**
 * Tells the server how far the page has come with its frames. It sends only so much ahead: docs/protocol.md, section 4.
 */

import { ACK, FRAMES, TYPE } from "./messages.js";

/** Half of what the server sends ahead; live/window.py has the whole. */
const MOST_FRAMES = 16;
const MOST_BYTES = 131_072;

/** Milliseconds after which fewer are acknowledged too; the server waits 15 s. */
const ACKNOWLEDGE_WITHIN = 1_000;

export class Acknowledgements {
  /** Frames of this connection. */
  #frames = 0;
  /** Of those, what the server has not been told of. */
  #unacknowledged = 0;
  #bytes = 0;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(message: object) => void} send */
  constructor(send) {
    this.send = send;
  }

  /**
   * A frame has been handled, and was no pong.
   *
   * @param {string} text
   */
  count(text) {
    this.#frames++;
    this.#unacknowledged++;
    this.#bytes += new TextEncoder().encode(text).length;
    // The timers of a tab in the background may be a minute late, and nobody is waiting for its thread.
    if (this.#unacknowledged >= MOST_FRAMES || this.#bytes >= MOST_BYTES || document.hidden) this.#acknowledge();
    else this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_WITHIN);
  }

  /** The connection is gone; the next one counts from its first frame. */
  reset() {
    this.#frames = 0;
    this.#settle();
  }

  #acknowledge() {
    this.#settle();
    this.send({ [TYPE]: ACK, [FRAMES]: this.#frames });
  }

  #settle() {
    this.#unacknowledged = 0;
    this.#bytes = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
