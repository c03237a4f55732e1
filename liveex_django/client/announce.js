/**
 * Shows messages to the user, those of django.contrib.messages above all, and has screen readers say them.
 *
 * They go into the page's element with lx-messages, else into one of ours.
 */

import { button, make, show } from "./elements.js";
import { access } from "./storage.js";
import { text } from "./texts.js";

/** @typedef {[tags: string, text: string]} Message */

/** In sessionStorage: what the next page shows, because this one is being left. */
const KEY = "liveex.messages";

/** Milliseconds after which good news leaves our own area again; what went wrong stays until it is dismissed. */
const LEAVE_AFTER = 8_000;

/** As many of ours as fit over a page. */
const MOST = 5;

/** It is there before its first message: screen readers tell what comes into an area that they know. */
const own = make("div", "lx-messages", { "aria-live": "polite" });

/** Shows what the page before has left. */
export function startMessages() {
  show(own);
  const kept = access((storage) => storage.getItem(KEY));
  access((storage) => storage.removeItem(KEY));
  if (kept) showMessages(JSON.parse(kept));
}

/** @param {Message[]} messages For the page that is loaded next in this tab. */
export function keepMessages(messages) {
  access((storage) => storage.setItem(KEY, JSON.stringify(messages)));
}

/** @param {Message[]} messages */
export function showMessages(messages) {
  const area = document.querySelector("[lx-messages]") ?? own;
  if (!area.hasAttribute("aria-live")) area.setAttribute("aria-live", "polite");
  for (const [tags, said] of messages) {
    const item = make(area.matches("ul, ol") ? "li" : "p", `lx-message ${tags}`.trim());
    const isUrgent = /\b(error|warning)\b/.test(tags);
    if (/\berror\b/.test(tags)) item.setAttribute("role", "alert");
    const close = button("lx-message-close", "×", () => item.remove());
    close.setAttribute("aria-label", text("dismiss"));
    item.append(said, close);
    // Dismissing one is no click away from a menu in the page.
    item.addEventListener("click", (event) => event.stopPropagation());
    area.append(item);
    if (area !== own) continue;
    if (!isUrgent) leaveLater(item);
    if (own.children.length > MOST) own.firstElementChild?.remove();
  }
}

/** @param {Element} item Not while somebody reads it or is about to dismiss it. */
function leaveLater(item) {
  setTimeout(() => (item.matches(":hover, :focus-within") ? leaveLater(item) : item.remove()), LEAVE_AFTER);
}
