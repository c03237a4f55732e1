/**
 * What a project's own scripts have of liveex_django: docs/howto/javascript.md.
 *
 * In a script: `/// <reference path=".../liveex_django/liveex.d.ts" />`, or the file in "include" of tsconfig.json.
 */

/** What a field of an event may hold; a list gives its name several times. */
export type EventValue = string | number | bigint | boolean | Date | null | undefined;

/** Values of an event, by the names of the handler's parameters. */
export type EventValues = Record<string, EventValue | readonly EventValue[]>;

/** Why an event has no answer. */
export interface EventError extends Error {
  /** "applied" when only the answer is missing; "unsent" when it never left the browser. */
  readonly outcome: "applied" | "rejected" | "failed" | "unknown" | "unsent";
  /** Such as "liveex.invalid-payload"; empty when the handler gave a reason, which is the message. */
  readonly code: string;
  /** Under which the server's log tells more; empty when it does not. */
  readonly id: string;
}

/** `this` in the callbacks of a hook: one object for each element, for as long as the element is in the page. */
export interface Hook {
  readonly el: HTMLElement;

  /**
   * Sends an event to the live view around the element; it is sent again after a lost connection, and applied once.
   *
   * The promise is fulfilled with what the handler returns, null for nothing, and rejected with an EventError.
   */
  pushEvent<Answer = unknown>(name: string, values?: EventValues): Promise<Answer>;

  /** Calls back, while the element is in the page, with the detail of each `push_event` of that name. */
  handleEvent<Detail = any>(name: string, callback: (detail: Detail) => void): void;
}

type Callback<State> = (this: Hook & State) => unknown;

/** Each is optional. `State` is what the callbacks keep in `this` besides. */
export interface HookCallbacks<State = Record<string, any>> {
  /** The element has come into the page, or the hook was registered later. */
  mounted?: Callback<State>;
  /** A patch has changed something of the element or in it. */
  updated?: Callback<State>;
  /** The element has left the page. */
  destroyed?: Callback<State>;
  /** The page has lost its connection. */
  disconnected?: Callback<State>;
  /** The page is live again. */
  reconnected?: Callback<State>;
}

export interface HookRegistry {
  /** Elements with `lx-hook="name"` that are in the page already are mounted at once. */
  register<State = Record<string, any>>(name: string, callbacks: HookCallbacks<State>): void;
}

export interface LiveEx {
  /** Whether what the user sees is live now. */
  readonly connected: boolean;
  readonly hooks: HookRegistry;
}

declare global {
  interface Window {
    /** There in pages with live views, once the script has run. */
    liveex?: LiveEx;
  }

  interface DocumentEventMap {
    /** The time to register hooks: all deferred scripts have run. */
    "liveex:ready": CustomEvent<LiveEx>;
  }
}
