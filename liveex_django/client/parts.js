/**
 * The statics of the parts that this page has been told of, by fingerprint.
 *
 * They are kept when the socket is lost: a fingerprint means the same text for ever.
 */

/** A full value mentions a part whose statics never came, so the connection's two sides disagree: join again. */
export class PartMissing extends Error {
  /** @param {string} fingerprint */
  constructor(fingerprint) {
    super(`no statics for the part ${fingerprint}`);
  }
}

export class Parts {
  /** @type {Map<string, string[]>} */
  #statics = new Map();

  /** @param {Record<string, string[]>} statics */
  add(statics) {
    for (const [fingerprint, texts] of Object.entries(statics)) this.#statics.set(fingerprint, texts);
  }

  /**
   * @param {string} fingerprint
   * @returns {string[]} One more text than the part has slots.
   */
  get(fingerprint) {
    const statics = this.#statics.get(fingerprint);
    if (!statics) throw new PartMissing(fingerprint);
    return statics;
  }
}
