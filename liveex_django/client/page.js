/**
 * The page's conversation with the server: join, frames, events that are answered once.
 */

import { Acknowledgements } from "./acknowledgements.js";
import { keepMessages, showMessages, startMessages } from "./announce.js";
import { Answers, UNSENT } from "./answers.js";
import { Commands } from "./commands.js";
import { Events } from "./events.js";
import { Feedback } from "./feedback.js";
import { restoreFields } from "./entered.js";
import { answered as fieldsAnswered, sending, watchFields } from "./fields.js";
import { Hooks } from "./hooks.js";
import { log } from "./log.js";
import * as wire from "./messages.js";
import { Navigation } from "./navigation.js";
import { Parts, PartMissing } from "./parts.js";
import { Patcher } from "./patch.js";
import { beginRecovery, forgetRecovery, isBehind, recover, recovered } from "./recovery.js";
import { forgetReload, reloadOnce, reloadWhenIdle } from "./reload.js";
import { Socket } from "./socket.js";
import { postTriggered, triggeredForms } from "./trigger-action.js";

/** Events that wait for a connection; what a user does beyond that is no longer meant for the page as it was. */
const MOST_WAITING = 100;

/** @typedef {Record<string, any>} Message */
/** @typedef {(outcome: string, details: Message) => void} Answered */

export class Page {
  /** Whether the server has joined this page's views on the connection that stands. */
  isJoined = false;

  /** Names this page to the server, over reconnects too; events are told apart by it and their number. */
  client = randomId();

  /** Whether it is not live any more, and will not be again. */
  isStopped = false;

  #hasJoined = false;

  /** The project's own scripts. */
  hooks = new Hooks(this);

  /** What attributes and the server have the browser do by itself. */
  commands = new Commands(this);

  #seq = 0;
  /** @type {Map<number, Message>} Events without an answer, in order; those of a lost connection are sent again. */
  #unanswered = new Map();
  /** @type {Map<number, Answered>} Who is told of the answer. */
  #answered = new Map();

  /** Whether what arrives is about the page that was left. */
  #isEntering = false;
  /** @type {Map<string, string>} Root view to the token it joins with. */
  #tokens = new Map();

  #parts = new Parts();
  #patcher = new Patcher(this.#parts);
  #navigation = new Navigation(this);
  #feedback = new Feedback();
  #answers = new Answers();
  #events = new Events(this);
  #acknowledgements = new Acknowledgements((message) => this.#socket.send(message));
  #socket;
  #largestFrame;

  /**
   * @param {string} url
   * @param {number} largestFrame in bytes
   */
  constructor(url, largestFrame) {
    this.#largestFrame = largestFrame;
    this.#socket = new Socket(url, {
      opened: () => this.#join(),
      received: (text) => this.#received(text),
      closed: (code) => this.#closed(code),
    });
  }

  /** @returns {boolean} False when there is nothing live in the page. */
  start() {
    this.#readTokens();
    startMessages();
    if (!this.#tokens.size) return false;
    this.#feedback.start();
    this.#feedback.showConnection(false);
    this.#events.start();
    this.#navigation.start();
    watchFields();
    restoreFields();
    document.addEventListener("visibilitychange", () => document.hidden || this.#socket.wake());
    addEventListener("online", () => this.#socket.networkReturned());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#socket.connect());
    addEventListener("pagehide", () => this.#hide());
    this.#socket.connect();
    return true;
  }

  #readTokens() {
    this.#tokens.clear();
    for (const region of document.querySelectorAll(`[${wire.TOKEN_ATTRIBUTE}]`)) {
      this.#tokens.set(viewOf(region), region.getAttribute(wire.TOKEN_ATTRIBUTE) ?? "");
    }
  }

  /** The document is about to show another page. What was sent is carried out; nobody waits for the answers any more. */
  leave() {
    this.#flush();
    this.#answers.giveUp("liveex.event-left");
    forgetRecovery();
    for (const [seq, { event }] of this.#unanswered) {
      this.#settle(seq);
      fieldsAnswered(seq, false, false);
      const became = this.isJoined ? "is carried out without telling" : "was not sent";
      if (event) log("warn", "liveex.event-left", `The page was left before "${event}" was answered; it ${became}.`);
    }
  }

  /** The document shows another page, which is joined over the same socket. */
  enter() {
    this.#readTokens();
    startMessages();
    this.#patcher = new Patcher(this.#parts);
    this.#acknowledgements.reset();
    this.isJoined = false;
    // Nothing of what was entered before belongs to it.
    this.#hasJoined = false;
    this.#isEntering = this.#socket.isOpen;
    if (this.#isEntering) return this.#join();
    this.#feedback.showConnection(false);
    this.#socket.connect();
  }

  /**
   * @param {string} view
   * @param {string} name
   * @param {[string, string][]} payload
   * @param {Element} element Shows that its event is on the way.
   * @param {HTMLElement | null} [submitter] Given when a form is sent: the button, or null.
   * @returns {number | undefined} The number of the event, unless it cannot be sent.
   */
  send(view, name, payload, element, submitter) {
    const seq = this.#seq + 1;
    const message = {
      [wire.TYPE]: wire.EVENT,
      [wire.SEQ]: seq,
      [wire.VIEW]: view,
      [wire.EVENT]: name,
      [wire.PAYLOAD]: payload,
    };
    if (new TextEncoder().encode(JSON.stringify(message)).length > this.#largestFrame) {
      this.#feedback.showFailure("too-large");
      return void log("error", "liveex.event-too-large", `"${name}" was not sent: its values need more than ${this.#largestFrame} bytes.`);
    }
    sending(seq, element, submitter !== undefined);
    this.#feedback.begin(seq, view, element, submitter);
    this.#number(message);
    return seq;
  }

  /**
   * As send, for those who want what the handler returns.
   *
   * @param {string} view
   * @param {string} name
   * @param {[string, string][]} payload
   * @param {Element} element
   */
  ask(view, name, payload, element) {
    return this.#answers.wait(this.send(view, name, payload, element), name, "liveex.event-too-large");
  }

  /**
   * Asks for another query of the page's URL.
   *
   * @param {Element | null} element Shows that its event is on the way.
   * @param {string} query
   * @param {Answered} answered
   */
  sendParams(element, query, answered) {
    const seq = this.#seq + 1;
    const region = element?.closest(`[${wire.VIEW_ATTRIBUTE}]`);
    const view = region ? viewOf(region) : [...this.#tokens.keys()][0];
    this.#answered.set(seq, answered);
    if (element) this.#feedback.begin(seq, view, element);
    this.#number({ [wire.TYPE]: wire.PARAMS, [wire.SEQ]: seq, [wire.VIEW]: view, [wire.QUERY]: query });
  }

  /** @param {Message} message Is sent, now or when there is a connection. */
  #number(message) {
    this.#seq = message.seq;
    this.#unanswered.set(message.seq, message);
    if (this.isJoined) this.#socket.send(message);
    else if (this.#unanswered.size > MOST_WAITING) this.#dropOldest();
  }

  #dropOldest() {
    const [[seq, message]] = this.#unanswered;
    const event = nameOf(message);
    this.#settle(seq);
    fieldsAnswered(seq, false, false);
    this.#feedback.showFailure("dropped");
    this.#answers.settle(seq, UNSENT, { [wire.CODE]: "liveex.event-dropped" });
    log("warn", "liveex.event-dropped", `The event "${event}" waited for a connection behind ${MOST_WAITING} later ones.`);
  }

  #join() {
    const views = [...this.#tokens].map(([view, token]) => ({
      [wire.VIEW]: view,
      [wire.TOKEN]: token,
      [wire.DIGESTS]: digestsOf(view),
    }));
    this.#socket.ask({ [wire.TYPE]: wire.JOIN, [wire.CLIENT]: this.client, [wire.VIEWS]: views });
  }

  /** @param {string} text */
  #received(text) {
    let frame;
    try {
      frame = JSON.parse(text);
      // Of the page that was left. Whether the new one is refused, the end of the connection says too.
      if (this.#isEntering && !(wire.JOINED in frame)) return void (frame[wire.ERROR] && report(frame[wire.ERROR]));
      this.#handle(frame);
      if (!(wire.PONG in frame)) this.#acknowledgements.count(text);
    } catch (error) {
      // The connection's two sides no longer agree; joining again makes them.
      log("error", "liveex.bad-frame", "A frame could not be handled, so the page connects again.", error);
      this.#socket.drop();
    }
  }

  /**
   * The order is part of the protocol: docs/protocol.md, section 4.
   *
   * @param {Message} frame
   */
  #handle(frame) {
    const { parts, joined, patch, tokens, title, url, messages, commands, events, redirect, navigate, degraded, lost, reply, error } = frame;
    const triggered = triggeredForms();
    if (parts) this.#parts.add(parts);
    if (joined || patch) this.#feedback.suspend();
    if (joined) this.#joined(joined);
    if (patch) this.#patch(patch);
    if (tokens) this.#renew(tokens);
    if (title !== undefined) document.title = title;
    if (url) this.#navigation.patched(url);
    // Who leaves the page has no time to read them here.
    if (messages) (redirect || navigate ? keepMessages : showMessages)(messages);
    if (commands) this.commands.run(commands);
    if (events) for (const [name, detail] of events) this.hooks.pushed(name, detail);
    if (redirect) this.#navigation.redirect(redirect);
    if (navigate) this.#navigation.navigate(navigate);
    if (joined || patch) this.#feedback.resume();
    if (joined || degraded !== undefined) this.#feedback.showDegraded(degraded ?? false);
    if (lost) this.#lost();
    if (reply) this.#replied(reply);
    if (patch) postTriggered(triggered, () => this.#hide());
    if (error) report(error);
  }

  /** @param {{views: Message, tokens?: Record<string, string>}} joined */
  #joined({ views, tokens }) {
    const wasJoined = this.#hasJoined;
    if (wasJoined) beginRecovery();
    this.#patch(views);
    // With what hooks have pushed just now; what is sent from here on is sent at once.
    const waiting = [...this.#unanswered.values()];
    this.#renew(tokens ?? {});
    this.#socket.markJoined();
    this.isJoined = this.#hasJoined = true;
    this.#isEntering = false;
    this.#feedback.showConnection(true);
    forgetReload();
    recover((view, name, payload, form) => this.send(view, name, payload, form));
    for (const message of waiting) this.#socket.send(message);
    if (wasJoined) this.hooks.tell("reconnected");
  }

  /** @param {Message} diffs View to its diff. */
  #patch(diffs) {
    this.hooks.around(() => this.#apply(diffs));
  }

  /** @param {Message} diffs */
  #apply(diffs) {
    for (const [view, diff] of Object.entries(diffs)) {
      if (isBehind(view)) continue;
      try {
        this.#patcher.apply(view, diff);
      } catch (error) {
        if (error instanceof PartMissing) throw error;
        log("warn", "liveex.resync", `A change of view ${view} could not be placed, so the view is asked for whole.`, error);
        this.#resync(view);
      }
    }
  }

  /** @param {string} view */
  #resync(view) {
    this.#socket.send({ [wire.TYPE]: wire.RESYNC, [wire.VIEW]: view });
  }

  #lost() {
    this.#feedback.showLoss();
    log("warn", "liveex.history-lost", "The server has lost changes that this page has shown; it shows now what there is.");
  }

  /** @param {Record<string, string>} tokens */
  #renew(tokens) {
    for (const [view, token] of Object.entries(tokens)) this.#tokens.set(view, token);
  }

  /** @param {[number, string, Message?]} reply */
  #replied([seq, outcome, details = {}]) {
    const event = nameOf(this.#unanswered.get(seq));
    const answered = this.#answered.get(seq);
    this.#settle(seq);
    answered?.(outcome, details);
    fieldsAnswered(seq, outcome === wire.APPLIED, !!details[wire.RESET]);
    const behind = recovered(seq);
    if (behind !== undefined) this.#resync(behind);
    if (outcome === wire.REJECTED) {
      const why = details.reason ?? `its values do not fit; the server's log says why${under(details)}.`;
      log("warn", "liveex.rejected", `"${event}" was refused: ${why}`);
      // Whoever waits for the answer has the reason, and says it in a way of its own.
      if (details.reason && !this.#answers.has(seq)) showMessages([["warning", details.reason]]);
    }
    if (outcome === wire.FAILED || outcome === wire.UNKNOWN) this.#feedback.showFailure(outcome);
    if (outcome === wire.FAILED) log("error", details.code, `"${event}" failed; the server's log says why${under(details)}.`);
    if (outcome === wire.UNKNOWN) log("warn", "liveex.unknown-outcome", `The server cannot say whether "${event}" happened.`);
    if (outcome === wire.APPLIED && details.code) log("error", details.code, `"${event}" has no answer; the server's log says why${under(details)}.`);
    this.#answers.settle(seq, outcome, details);
  }

  /** @param {number} seq */
  #settle(seq) {
    this.#unanswered.delete(seq);
    this.#answered.delete(seq);
    this.#feedback.end(seq);
  }

  /** @param {number} code */
  #closed(code) {
    if (this.isJoined) this.hooks.tell("disconnected");
    this.isJoined = this.#isEntering = false;
    this.#acknowledgements.reset();
    this.#feedback.showConnection(false);
    this.isStopped = !this.#goesOn(code);
    if (this.isStopped) this.#answers.giveUp("liveex.refused");
    return !this.isStopped;
  }

  /** @param {number} code */
  #goesOn(code) {
    switch (code) {
      case wire.CLOSE_BAD_FRAME:
        log("error", "liveex.stopped", "The server does not understand this page's messages. Is the script of another release?");
        return false;
      case wire.CLOSE_JOIN_REFUSED:
        if (!reloadOnce()) this.#refused("The server does not accept the page's token, also not after loading it again.");
        return false;
      case wire.CLOSE_FORBIDDEN:
        this.#refused("The server does not allow this page to be live for you any more.");
        return false;
      case wire.CLOSE_OTHER_RELEASE:
        this.#feedback.showOutdated();
        reloadWhenIdle();
        return false;
      default:
        return true;
    }
  }

  /** @param {string} why */
  #refused(why) {
    this.#feedback.showRefusal();
    log("error", "liveex.refused", why);
  }

  #flush() {
    this.#events.flush();
    this.#navigation.flush();
  }

  #hide() {
    this.#flush();
    this.#socket.pause();
  }
}

/** @param {Element} region */
const viewOf = (region) => region.getAttribute(wire.VIEW_ATTRIBUTE) ?? "";

/**
 * What the page shows of a root view and the views in it. A region that was patched has no digest any more,
 * and comes whole.
 *
 * @param {string} root
 */
function digestsOf(root) {
  /** @type {Record<string, Record<string, string>>} Without a prototype: "__proto__" is a name like any other. */
  const digests = Object.create(null);
  for (const region of document.querySelectorAll(`[${wire.DIGEST_ATTRIBUTE}]`)) {
    const view = viewOf(region);
    if (view !== root && !view.startsWith(`${root}-`)) continue;
    const number = region.getAttribute(wire.REGION_ATTRIBUTE) ?? "";
    (digests[view] ??= Object.create(null))[number] = region.getAttribute(wire.DIGEST_ATTRIBUTE) ?? "";
  }
  return digests;
}

/** @param {Message} [message] What the user calls it. */
const nameOf = (message) => message?.[wire.EVENT] ?? `?${message?.[wire.QUERY]}`;

/** @param {Message} error */
const report = (error) => log("error", error.code, `The server reports an error${inView(error)}; its log says more${under(error)}.`);

/** @param {Message} error */
const inView = ({ view }) => (view === undefined ? "" : ` in view ${view}`);

/** @param {Message} error */
const under = ({ id }) => (id ? ` under ${id}` : "");

/** Not crypto.randomUUID(), which plain http on a local network does not have. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
