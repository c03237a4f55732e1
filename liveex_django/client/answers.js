/**
 * Those who wait for what the server says to an event: pushEvent of a hook gives a promise.
 */

import { ANSWER, APPLIED, UNKNOWN } from "./messages.js";

/** The outcome of an event that never left the browser. */
export const UNSENT = "unsent";

/** An event that was not applied, or whose answer could not be sent. */
export class EventError extends Error {
  name = "EventError";

  /**
   * @param {string} event
   * @param {string} outcome "rejected", "failed", "unknown", "unsent"; "applied" when only the answer is missing.
   * @param {{reason?: string, code?: string, id?: string}} details
   */
  constructor(event, outcome, { reason, code = "", id = "" }) {
    super(reason ?? `The event "${event}" is ${outcome}${code && `: ${code}`}.`);
    this.outcome = outcome;
    this.code = code;
    /** Under which the server's log tells more. */
    this.id = id;
  }
}

export class Answers {
  /** @type {Map<number, {name: string, resolve: (answer: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();

  /**
   * @param {number | undefined} seq undefined: it was not sent.
   * @param {string} name
   * @param {string} code Why it was not sent.
   * @returns {Promise<any>}
   */
  wait(seq, name, code) {
    /** @type {Promise<any>} */
    const answer = new Promise((resolve, reject) => {
      if (seq) this.#waiting.set(seq, { name, resolve, reject });
      else reject(new EventError(name, UNSENT, { code }));
    });
    // What goes wrong is in the console already; whoever does not wait for the answer need not catch it.
    answer.catch(() => {});
    return answer;
  }

  /** @param {number} seq */
  has(seq) {
    return this.#waiting.has(seq);
  }

  /**
   * @param {number} seq
   * @param {string} outcome
   * @param {import("./page.js").Message} [details]
   */
  settle(seq, outcome, details = {}) {
    const waiting = this.#waiting.get(seq);
    this.#waiting.delete(seq);
    if (outcome === APPLIED && !details.code) waiting?.resolve(details[ANSWER] ?? null);
    else waiting?.reject(new EventError(waiting.name, outcome, details));
  }

  /**
   * Nothing will be answered any more.
   *
   * @param {string} code Why.
   */
  giveUp(code) {
    for (const seq of this.#waiting.keys()) this.settle(seq, UNKNOWN, { code });
  }
}
