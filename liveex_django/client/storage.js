/**
 * What a tab remembers while it loads another page.
 */

/**
 * @template T
 * @param {(storage: Storage) => T} use
 * @returns {T | undefined} undefined when the browser keeps storage from this page, or it is full.
 */
export function access(use) {
  try {
    return use(sessionStorage);
  } catch {
    return undefined;
  }
}
