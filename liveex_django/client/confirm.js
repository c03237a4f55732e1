/**
 * Asks before an event is sent: lx-confirm="Delete this?".
 *
 * The question is first a DOM event, liveex:confirm; a script that cancels it asks in its own way and then calls
 * `accept()` or `refuse()` of its detail.
 */

import { button, make, show } from "./elements.js";
import { text } from "./texts.js";

const CONFIRM = "lx-confirm";

/**
 * @param {Element} element The element that the event is bound to.
 * @param {Element | null | undefined} submitter The button that sends a form; its question goes before that of the form.
 * @param {() => void} accept Called at once when nothing is to be asked, and never when the user refuses.
 */
export function askFirst(element, submitter, accept) {
  const asks = submitter?.hasAttribute(CONFIRM) ? submitter : element;
  const message = asks.getAttribute(CONFIRM);
  if (!message) return accept();
  let isOpen = true;
  const answer = (/** @type {() => void} */ then) => () => {
    if (isOpen) then();
    isOpen = false;
  };
  const detail = { message, element: asks, accept: answer(accept), refuse: answer(() => {}) };
  const asked = new CustomEvent("liveex:confirm", { bubbles: true, cancelable: true, detail });
  if (asks.dispatchEvent(asked)) ask(detail);
}

/** @param {{message: string, element: Element, accept: () => void, refuse: () => void}} question */
function ask({ message, element, accept, refuse }) {
  const had = /** @type {HTMLElement | null} */ (document.activeElement);
  const dialog = make("dialog", "lx-dialog", { role: "alertdialog", "aria-label": message });
  const end = (/** @type {() => void} */ then) => {
    if (!dialog.isConnected) return;
    dialog.close();
    dialog.remove();
    // The browser gives the focus back where it was; a patch may have taken that away meanwhile.
    const target = had?.isConnected && had !== document.body ? had : /** @type {HTMLElement} */ (element);
    if (target.isConnected) target.focus({ preventScroll: true });
    then();
  };
  // The first button has the focus, and it is the one that does nothing.
  const choices = make("div", "lx-dialog-buttons");
  choices.append(button("lx-dialog-refuse", text("refuse"), () => end(refuse)), button("lx-dialog-accept", text("accept"), () => end(accept)));
  const question = make("p", "lx-dialog-text");
  question.textContent = message;
  dialog.append(question, choices);
  // What happens in here is no click away from a menu in the page, and no key in its window.
  for (const type of ["click", "keydown", "keyup"]) dialog.addEventListener(type, (event) => event.stopPropagation());
  // By Escape.
  dialog.addEventListener("close", () => end(refuse));
  show(dialog);
  dialog.showModal();
}
