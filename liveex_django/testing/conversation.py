"""
A page's conversation with the server: join, frames, events that are answered once. ``client/page.js`` is the other one.
"""

import json
from collections.abc import Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..live import messages
from . import recovery
from .address import DIGEST, REGION, TOKEN, VIEW, AddressLost
from .document import Node, is_element, parse_page, select, set_text
from .failures import EventFailed, EventRejected, LiveTestFailure, PageClosed, PageNotOpened
from .fields import Fields
from .finding import view_of
from .gestures import Event
from .history import History, How, Visit
from .patch import Patch
from .patcher import PartMissing, Patcher, Touched
from .socket import Closed, Received, Socket

if TYPE_CHECKING:
    from .live_test import LiveTest

# Bytes of a frame that a browser sends at most: docs/protocol.md, section 3.
_LARGEST_FRAME = 65_536

_MEANING = {
    messages.CLOSE_BAD_FRAME: "a frame that is not of the protocol",
    messages.CLOSE_JOIN_REFUSED: "the join token is expired, changed, or of another visitor",
    messages.CLOSE_FORBIDDEN: "not allowed, or not any more",
    messages.CLOSE_OTHER_RELEASE: "the page is of another release",
    messages.CLOSE_TRY_AGAIN: "the page's views could not be started",
}

# Errors that the server closes the page with; the next thing that the test does with it says so.
_CLOSING = frozenset({messages.JOIN_REFUSED, messages.FORBIDDEN, messages.BAD_FRAME})


class Conversation:
    """
    Args:
        html: The page as the HTTP response gave it.
        scope: Of the websocket; ``path`` is taken from the page.
        url: Of the page, without scheme and host.

    Attributes:
        history: Where the tab has been.
        leading: Where the server leads the page, as a link with ``lx-navigate`` does; None when it has been followed.
    """

    def __init__(self, test: "LiveTest", html: str, scope: Mapping[str, Any], url: str) -> None:
        self.test = test
        self.history = History(url)
        self.leading: str | None = None
        # What the server has pushed, oldest first, and what handlers have returned, by the number of their event.
        self.pushed_events: list[tuple[str, Any]] = []
        self.pushed_commands: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[int, Any] = {}
        self.patch = Patch()
        self.redirect: str | None = None
        self.messages: list[tuple[str, str]] = []
        self.close_code: int | None = None
        self.is_joined = False
        self._client = token_hex(16)
        self._show(html, scope)
        # Whether what arrives is about the page that was left.
        self._is_entering = False
        # What becomes of the history when a patch is answered, by its number.
        self._hows: dict[int, tuple[str, How]] = {}
        self._socket: Socket | None = None
        self._seq = 0
        # Events without an answer, in order; those of a lost connection are sent again.
        self._unanswered: dict[int, dict[str, Any]] = {}
        self._events: dict[int, Event] = {}
        self._has_joined = False
        #: A form that the server lets the browser post by itself.
        self.triggered: Node | None = None
        # Frames of this connection, and how many of them have been acknowledged.
        self._frames = 0
        self._acknowledged = 0
        self._resyncing: set[str] = set()
        self._problems: list[LiveTestFailure] = []

    @property
    def where(self) -> str:
        """What messages call the page."""
        return self.history.url

    def _show(self, html: str, scope: Mapping[str, Any]) -> None:
        self.root: Node = parse_page(html)
        self.fields = Fields()
        self.tokens = {
            element.get(VIEW): element.get(TOKEN)
            for element in self.root.iter()
            if is_element(element) and element.get(TOKEN) is not None
        }
        self._scope = {**scope, "path": self._find_path()}
        self._patcher = Patcher(self.root, self.fields)

    async def enter(self, html: str, scope: Mapping[str, Any], url: str, how: How) -> None:
        """
        Show another page in the same tab, and join it over the same connection; over a new one, when the server asks for it.

        Raises:
            PageNotOpened: It is not live, or the server refused.
        """
        self.history.write(self.history.resolve(url), how)
        self._show(html, scope)
        self._unanswered.clear()
        self._hows.clear()
        self._events.clear()
        self._has_joined = False
        self._frames = self._acknowledged = 0
        if not self.is_joined:
            return
        self.is_joined, self._is_entering = False, True
        self._send(self._join_message())
        await self.test.until(lambda: self.is_joined or self._is_gone(), f"the join of {self.where}")
        self._is_entering = False
        if self.close_code == messages.CLOSE_TRY_AGAIN:
            await self.disconnect()
            await self.connect()
        elif not self.is_joined:
            raise self._refusal()

    def _find_path(self) -> str:
        if not self.tokens:
            raise PageNotOpened(
                f"{self.where} has no live view. Read such a page with Django's own test client; to make it live, serve it "
                "with LiveView.as_view() or put {% live_view %} into its template."
            )
        script = next((each for each in self.root.iter("script") if each.get("data-lx-path") is not None), None)
        if script is None:
            raise PageNotOpened(
                f"{self.where} has live views but not the script that makes them live, so in a browser it would stay as it "
                "is. Put {% liveex_script %} into the <head> of its template."
            )
        return str(script.get("data-lx-path"))

    # Connection

    async def connect(self) -> None:
        """
        Join, or join again.

        Raises:
            PageNotOpened: The server refused.
        """
        self.close_code = None
        self._frames = self._acknowledged = 0
        self._socket = Socket(self.test.load_application(), self._scope, self.test.arrived)
        await self.test.until(lambda: self._is_open() or self._is_gone(), f"the handshake of {self.where}")
        if self._is_open():
            self._send(self._join_message())
        await self.test.until(lambda: self.is_joined or self._is_gone(), f"the join of {self.where}")
        if not self.is_joined:
            self._socket.raise_error()
            raise self._refusal()

    async def disconnect(self) -> None:
        """Lose the connection, as when the network goes away."""
        self.is_joined = False
        if self._socket is not None:
            socket, self._socket = self._socket, None
            await socket.close()

    def _is_open(self) -> bool:
        return self._socket is not None and self._socket.is_accepted and self.close_code is None

    def _is_gone(self) -> bool:
        return self.close_code is not None or self._socket is None or self._socket.is_over

    def _join_message(self) -> dict[str, Any]:
        views = [{"view": view, "token": token, "digests": self._digests(view)} for view, token in self.tokens.items()]
        return {"type": "join", "client": self._client, "views": views}

    def _digests(self, root_view: str) -> dict[str, dict[str, str]]:
        """What the page shows; a region that was patched has no digest any more, and comes whole."""
        digests: dict[str, dict[str, str]] = {}
        for element in self.root.iter():
            if not is_element(element) or element.get(DIGEST) is None:
                continue
            view = element.get(VIEW)
            if view == root_view or view.startswith(f"{root_view}-"):
                digests.setdefault(view, {})[element.get(REGION)] = element.get(DIGEST)
        return digests

    def _refusal(self) -> PageNotOpened:
        text, error = self.test.log.latest()
        meaning = _MEANING.get(self.close_code or 0, "the connection was refused")
        problem = PageNotOpened(
            f"{self.where} could not be joined: {self.close_code}, {meaning}. The server says: {text}"
        )
        problem.__cause__ = error
        return problem

    # Sending

    def send_event(self, event: Event) -> int:
        """
        Send an event, or keep it until the page is connected again; returns its number.

        Raises:
            PageClosed: The server has closed the page for good.
            EventRejected: A browser would not send it: it is too large.
        """
        payload = [list(pair) for pair in event.payload]
        return self._number(
            {"type": "event", "view": event.view, "event": event.name, "payload": payload}, event.name, event
        )

    def send_params(self, visit: Visit) -> int:
        """
        Ask for another query, now or when the page is connected again; returns the number of the message.

        Raises:
            PageClosed, EventRejected: As of an event.
        """
        url = self.history.resolve(visit.url)
        query = urlsplit(url).query
        view = visit.view or next(iter(self.tokens))
        self._hows[self._seq + 1] = url, visit.how
        return self._number({"type": "params", "view": view, "query": query}, f"?{query}")

    def _number(self, message: dict[str, Any], name: str, event: Event | None = None) -> int:
        if self.close_code is not None:
            raise PageClosed(
                f"{self.where} was closed by the server with {self.close_code}: "
                f"{_MEANING.get(self.close_code, 'no reason given')}. A browser sends nothing then."
            )
        seq = self._seq + 1
        message["seq"] = seq
        size = len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())
        if size > _LARGEST_FRAME:
            raise EventRejected(
                f"A browser would not send {name!r}: its values need {size} bytes, and a frame has {_LARGEST_FRAME}.",
                code="liveex.event-too-large",
            )
        self._seq = seq
        self._unanswered[seq] = message
        if event is not None:
            self._events[seq] = event
        if self.is_joined:
            self._send(message)
        return seq

    def is_answered(self, seq: int) -> bool:
        """Whether the server has answered an event."""
        return seq not in self._unanswered

    def has_all_answers(self) -> bool:
        """Whether no event waits for its answer."""
        return not self._unanswered

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._socket is not None
        self._socket.send(message)

    # Receiving

    @property
    def is_waiting(self) -> bool:
        """Whether the page has asked for something that has not come."""
        return self.is_joined and bool(self._resyncing or (self._socket is not None and self._socket.inbox))

    def take(self) -> None:
        """Handle what has come."""
        socket = self._socket
        while socket is not None and socket.inbox:
            received = socket.inbox.popleft()
            if isinstance(received, Closed):
                self.close_code = received.code
                self.is_joined = False
            else:
                self._handle(received)
        self._acknowledge()
        if socket is not None and socket.is_over and self.close_code is None and socket is self._socket:
            self.is_joined = False
            socket.raise_error()

    def _acknowledge(self) -> None:
        """
        As the script does, but for its delays: docs/protocol.md, section 3. A test may stand still for as long as it likes,
        in a debugger for instance, and the server waits for nothing of it.
        """
        if self.is_joined and self._frames != self._acknowledged:
            self._acknowledged = self._frames
            self._send({"type": "ack", "frames": self._frames})

    def take_problems(self) -> list[LiveTestFailure]:
        """What went wrong since this was last asked."""
        problems, self._problems = self._problems, []
        return problems

    def _handle(self, received: Received) -> None:
        """The order is part of the protocol: docs/protocol.md, section 4."""
        frame = received.frame
        if self._is_entering and not (messages.JOINED in frame or messages.ERROR in frame):
            return
        self._frames += 1
        self._patcher.learn(frame.get(messages.PARTS, {}))
        joined = frame.get(messages.JOINED)
        self._patcher.touched = Touched()
        entered = recovery.entered_forms(self.root, self.fields) if joined and self._has_joined else []
        triggered = set(self._triggered_forms())
        for changes in (joined or {}).get("views", {}), frame.get(messages.PATCH, {}):
            self._apply(changes)
        self._note(received)
        for tokens in (joined or {}).get("tokens", {}), frame.get(messages.TOKENS, {}):
            self.tokens.update(tokens)
        if joined:
            waiting = list(self._unanswered.values())
            self.is_joined = self._has_joined = True
            self._is_entering = False
            for event in recovery.events(self.root, entered):
                self.send_event(event)
            for message in waiting:
                self._send(message)
        if messages.TITLE in frame:
            self._set_title(frame[messages.TITLE])
        if messages.URL in frame:
            url, is_replaced = frame[messages.URL]
            self.history.write(self.history.resolve(url), "replace" if is_replaced else "push")
        self.messages += [(tags, text) for tags, text in frame.get(messages.MESSAGES, [])]
        self.pushed_commands += map(tuple, frame.get(messages.COMMANDS, []))
        self.pushed_events += map(tuple, frame.get(messages.EVENTS, []))
        self.redirect = frame.get(messages.REDIRECT, self.redirect)
        self.leading = frame.get(messages.NAVIGATE, self.leading)
        if messages.REPLY in frame:
            self._replied(*frame[messages.REPLY])
        if messages.PATCH in frame:
            self.triggered = next((form for form in self._triggered_forms() if form not in triggered), self.triggered)
        if messages.ERROR in frame:
            self._failed(frame[messages.ERROR])

    def _triggered_forms(self) -> list[Node]:
        forms = self.root.iter("form")
        return [form for form in forms if form.get("lx-trigger-action") is not None and view_of(form) is not None]

    def _set_title(self, title: str) -> None:
        for element in select(self.root, "title"):
            set_text(element, title)

    def _apply(self, changes: Mapping[str, Any]) -> None:
        for view, change in changes.items():
            self._resyncing.discard(view)
            try:
                self._patcher.apply(view, change)
            except AddressLost:
                self._resyncing.add(view)
                self._send({"type": "resync", "view": view})
            except PartMissing as error:
                self._problems.append(LiveTestFailure(f"A frame for {self.where} cannot be understood: {error}."))

    def _note(self, received: Received) -> None:
        touched = self._patcher.touched
        if touched.slots:
            self.patch.frames.append(received.frame)
            self.patch.bytes += received.size
            self.patch.slots += touched.slots
            self.patch._changed += touched.changed
            self.patch._brought += touched.brought

    def _replied(self, seq: int, outcome: str, details: Mapping[str, Any] | None = None) -> None:
        message = self._unanswered.pop(seq, {})
        event = self._events.pop(seq, None)
        name, code = message.get("event", f"?{message.get('query', '')}"), (details or {}).get("code", "")
        asked = self._hows.pop(seq, None)
        text, error = self.test.log.find((details or {}).get("id", ""))
        says = f"\nThe server says: {text}" if text else ""
        problem: LiveTestFailure
        if outcome == messages.APPLIED and not code:
            self.answers[seq] = (details or {}).get(messages.ANSWER)
            if event is not None and event.element is not None:
                is_reset = messages.RESET in (details or {})
                self.fields.answered(event.element, is_submit=event.is_submit, is_reset=is_reset)
            if asked is not None:
                url, how = asked
                self.history.write(self.history.resolve((details or {}).get("url", url)), how)
            return
        if outcome == messages.REJECTED:
            reason = (details or {}).get("reason", "")
            problem = EventRejected(
                f"The server rejected {name!r} on {self.where}: {reason or code}.{says}", reason=reason, code=code
            )
        else:
            problem = EventFailed(f"The event {name!r} on {self.where} ended as {outcome!r} {code}.{says}", code=code)
        problem.__cause__ = error
        self._problems.append(problem)

    def _failed(self, details: Mapping[str, Any]) -> None:
        if not self.is_joined or details["code"] in _CLOSING:
            return
        text, error = self.test.log.find(details.get("id", ""))
        view = details.get("view")
        self._resyncing.discard(view or "")
        about = f"View {view!r} of {self.where}" if view is not None else self.where
        problem = EventFailed(
            f"{about} met an error on the server: {details['code']}.\nThe server says: {text}", code=details["code"]
        )
        problem.__cause__ = error
        self._problems.append(problem)
