/**
 * lx-trigger-action: the server lets the browser post a form by itself, for what only an HTTP response can do, such as
 * setting the cookie of a session.
 */

import { VIEW_ATTRIBUTE } from "./messages.js";

const ACTION = `[${VIEW_ATTRIBUTE}] form[lx-trigger-action]`;

/** @returns {Set<Element>} Forms that have the attribute; it counts when a patch brings it. */
export const triggeredForms = () => new Set(document.querySelectorAll(ACTION));

/**
 * @param {Set<Element>} before Forms that had it before a patch.
 * @param {() => void} leave Called before a form is posted.
 */
export function postTriggered(before, leave) {
  for (const form of triggeredForms()) {
    if (before.has(form)) continue;
    leave();
    // Not form.submit, which a button of that name would stand for.
    return HTMLFormElement.prototype.submit.call(form);
  }
}
