/**
 * Forms after a reconnect. The server has mounted its views anew and knows nothing of what was entered, so each form with
 * an id and lx-change that the user has changed sends its change once more, as it was before the join was answered.
 *
 * Until that has its answer the form stays as it is, and the view around it takes no patches; then the view comes whole.
 */

import { isEntered } from "./fields.js";
import { fieldValues, formPayload } from "./form.js";
import { VIEW_ATTRIBUTE } from "./messages.js";

const AUTO_RECOVER = "lx-auto-recover";
const IGNORE = "ignore";

/** @typedef {import("./form.js").Pair} Pair */

/** @type {Map<string, Pair[]>} Id of a form that is to be recovered, to its payload. */
const forms = new Map();

/** @type {Set<string>} Views with a form that a patch has left alone. */
const behind = new Set();

/** @type {Map<number, string>} Events that recover a form, with the form's view. */
const recovering = new Map();

/** The document shows another page: nothing of this one is to be recovered. */
export function forgetRecovery() {
  forms.clear();
  behind.clear();
  recovering.clear();
}

/** To be called before the answer to a join is applied. */
export function beginRecovery() {
  forgetRecovery();
  for (const form of document.querySelectorAll(`[${VIEW_ATTRIBUTE}] form[id][lx-change]`)) {
    const isMeant = form instanceof HTMLFormElement && form.getAttribute(AUTO_RECOVER) !== IGNORE;
    if (isMeant && isEntered(form)) forms.set(idOf(form), formPayload(form));
  }
}

/**
 * Whether a morph shall leave a form alone, now that the server's own idea of it is known: when that is what the user has
 * entered, there is nothing to recover.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
export function isBeingRecovered(old, fresh) {
  if (!(old instanceof HTMLFormElement && fresh instanceof HTMLFormElement) || !forms.has(idOf(old))) return false;
  if (JSON.stringify(fieldValues(old)) !== JSON.stringify(fieldValues(fresh))) {
    behind.add(viewOf(old));
    return true;
  }
  forms.delete(idOf(old));
  return false;
}

/**
 * Sends the changes, each to the view that the form is in now.
 *
 * @param {(view: string, name: string, payload: Pair[], form: Element) => number | undefined} send Gives the event's number.
 */
export function recover(send) {
  for (const [id, payload] of forms) {
    const form = document.getElementById(id);
    const name = form?.getAttribute(AUTO_RECOVER) || form?.getAttribute("lx-change");
    // Also when a change waits for its answer: the process that ran it may have died, and nobody can say then.
    const seq = form && name ? send(viewOf(form), name, payload, form) : undefined;
    if (form && seq !== undefined) recovering.set(seq, viewOf(form));
  }
  forms.clear();
}

/**
 * @param {string} view
 * @returns {boolean} Whether its patches are dropped: it will come whole.
 */
export const isBehind = (view) => behind.has(view);

/**
 * @param {number} seq An event that has its answer.
 * @returns {string | undefined} A view that can come whole now.
 */
export function recovered(seq) {
  const view = recovering.get(seq);
  recovering.delete(seq);
  const isLast = view !== undefined && ![...recovering.values()].includes(view);
  return isLast && behind.delete(view) ? view : undefined;
}

/** @param {Element} form */
const idOf = (form) => form.getAttribute("id") ?? "";

/** @param {Element} form */
const viewOf = (form) => form.closest(`[${VIEW_ATTRIBUTE}]`)?.getAttribute(VIEW_ATTRIBUTE) ?? "";
