"""
The websocket of one page: moves messages between the browser and a :class:`~liveex_django.live.page.Page`.

It takes no channel of its own from the channel layer and no thread per message; the hub listens for all pages.
"""

import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import HttpRequest

from .. import conf
from ..exceptions import (
    InvalidFrame,
    InvalidToken,
    LiveExError,
    LogError,
    NewerSchema,
    NotAllowed,
    OtherRelease,
    UnknownView,
)
from ..replication import Hub, current_hub, mark_as_serving
from ..replication.threads import run_in_thread
from ..store.names import shorten
from . import messages
from .http import sign_root
from .messages import Ack, Event, Join, JoinView, Params, Ping, Resync
from .mounted import Mounted
from .navigation import Redirected
from .nested import find_view
from .outcomes import correlation_id
from .page import Page
from .request import handshake_request, is_same_origin, localized, rebuild_request, script_prefix_of
from .token import JoinToken, is_digest_of, read, session_digest, unpack_kwargs
from .view import LiveView
from .visitors import names_of, visitors_of

logger = logging.getLogger("liveex.live")

# A page's client id: long enough to be unguessable, short enough for a log line and for the ids of entries.
_CLIENT = re.compile(r"[A-Za-z0-9]{16,64}")
_PONG = messages.encode({messages.PONG: 1})
# A page joins as soon as its socket is open; who has not after this long is no page (s).
_JOIN_WITHIN = 15.0


class Stalled(InvalidFrame):
    """A browser sends events and does not read their answers, which would be kept for it without end."""

    def __init__(self) -> None:
        super().__init__("The browser does not read the answers to its events, so no more are kept for it.")


class LiveViewConsumer(AsyncWebsocketConsumer):
    """
    Serves every live view of a project, or only one.

    Args:
        only: Refuse to join any other view.
    """

    # Channels gives a consumer with a layer a channel and a reader task of its own; 33 KiB that nobody needs here.
    channel_layer_alias = "liveex-uses-no-channel-per-page"

    def __init__(self, only: type[LiveView] | None = None) -> None:
        super().__init__()
        self._only = only
        self._page: Page | None = None
        # The page before it, while its events still run.
        self._retired: Page | None = None
        self._has_joined = False
        # Root views, and whether the URL leads to each or a template embeds it.
        self._roots: list[tuple[Mounted, bool]] = []
        # What happens next by itself: hanging up on a socket that does not join, later the next check of the visitor.
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = False
        # What tells of the end of the server, once connected, and what forgets to.
        self._hub: Hub | None = None
        self._forget: Callable[[], None] | None = None
        self._signed_at: float = 0
        self._checking = asyncio.Lock()
        # Ends being checked when something is announced of the visitor.
        self._forget_visitor: Callable[[], None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Whatever ends the connection, a server that cancels it in the middle of a join included, ends the page."""
        mark_as_serving()
        self._ended = asyncio.Event()
        has_left = False

        async def hear() -> Any:
            nonlocal has_left
            message = await receive()
            has_left = message["type"] == "websocket.disconnect"
            return message

        try:
            await super().__call__(scope, hear, send)
        except asyncio.CancelledError:
            if self._hub is None or not self._hub.is_draining:
                raise
            # daphne cancels everybody at SIGTERM. The page leaves in good order, which takes until its socket is closed; of
            # one whose browser has just gone nothing more is heard.
            if not has_left:
                await super().__call__(scope, hear, send)
        finally:
            self._is_open = False
            self._end_page()
            self._ended.set()

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> Any:
        mark_as_serving()
        return super().as_asgi(**initkwargs)

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """As the base class, without its visit to the database thread before every message."""
        handlers: dict[str, Callable[[Any], Awaitable[None]]] = {
            "websocket.connect": self.websocket_connect,
            "websocket.receive": self.websocket_receive,
            "websocket.disconnect": self.websocket_disconnect,
        }
        await handlers[message["type"]](message)

    async def connect(self) -> None:
        origin = _header(self.scope, b"origin")
        if not is_same_origin(handshake_request(self.scope), origin):
            host = _header(self.scope, b"host")
            logger.warning("A websocket from origin %.200r was refused: this is %.200r.", origin, host)
            await self.close()
            return
        self._is_open = True
        self._timer = asyncio.get_running_loop().call_later(_JOIN_WITHIN, self._hang_up)
        await self.accept()
        self._hub = current_hub()
        self._forget = self._hub.ending.when_draining(self._leave)

    def _hang_up(self, code: int = messages.CLOSE_BAD_FRAME) -> None:
        """Close a socket that never joined."""
        current_hub().run(self._close(code))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self._is_open:
            return
        try:
            await self._take(self._decode(text_data))
        except Stalled as error:
            await self._refuse(messages.CLOSE_TRY_AGAIN, messages.TOO_MANY_EVENTS, error)
        except InvalidFrame as error:
            await self._refuse(messages.CLOSE_BAD_FRAME, messages.BAD_FRAME, error)
        except (OtherRelease, NewerSchema) as error:
            await self._refuse(messages.CLOSE_OTHER_RELEASE, messages.JOIN_REFUSED, error)
        except InvalidToken as error:
            await self._refuse(messages.CLOSE_JOIN_REFUSED, messages.JOIN_REFUSED, error)
        except NotAllowed as error:
            await self._refuse(messages.CLOSE_FORBIDDEN, messages.FORBIDDEN, error)
        except LogError as error:  # it comes back when the log does
            await self._refuse(messages.CLOSE_TRY_AGAIN, messages.HANDLER_ERROR, error)
        except Exception as error:  # a view's mount may raise anything: this page cannot be had, others go on
            logger.exception("A page could not be joined.")
            await self._refuse(messages.CLOSE_TRY_AGAIN, messages.HANDLER_ERROR, error)

    @staticmethod
    def _decode(text: str | None) -> messages.Message:
        most = conf.get("MAX_FRAME")
        if text is None:
            raise InvalidFrame("A binary message; this protocol has text only.")
        if len(text) > most or len(text.encode()) > most:
            raise InvalidFrame(f"A message of {len(text)} characters; LIVEEX['MAX_FRAME'] allows {most} bytes.")
        return messages.decode(text)

    async def _take(self, message: messages.Message) -> None:
        match message:
            case Join():
                await self._join(message)
            case Ping():
                await self._send_text(_PONG)
            case Ack() if self._page is not None:
                self._page.acknowledge(message.frames)
            case Event() | Params() if self._page is not None:
                self._page.take_event(message)
                if self._page.is_stalled:
                    raise Stalled
            case Resync() if self._page is not None:
                self._resync(self._page, message)
            case _ if self._has_joined:
                return  # about a page that leads elsewhere
            case _:
                raise InvalidFrame("The first message of a page must be its join.")

    @staticmethod
    def _resync(page: Page, message: Resync) -> None:
        try:
            page.resync(message.view)
        except UnknownView as error:
            page.push(
                messages.ERROR, {"code": messages.UNKNOWN_VIEW, "id": correlation_id(), "view": message.view[:64]}
            )
            logger.warning("%s", error)

    # Joining

    async def _join(self, message: Join) -> None:
        if not _CLIENT.fullmatch(message.client):
            raise InvalidFrame("The client id of a join is 16 to 64 ASCII letters and digits.")
        if not message.views:
            raise InvalidFrame("A join without views.")
        tokens = _read_tokens(message.views)
        self._cancel_timer()
        first = next(iter(tokens.values()))
        _check_one_page(tokens, first)
        if self._has_joined and first.session != session_digest(handshake_request(self.scope)):
            # The browser has other cookies than this connection; it comes back by one that has them.
            self._end_page()
            await self._close(messages.CLOSE_TRY_AGAIN)
            return
        self._has_joined = True
        await self._retire_page()
        visitors = visitors_of(current_hub())
        # First: whatever changes after the visitor was read is heard.
        await visitors.listen(current_hub())
        heard = visitors.heard
        prefix = script_prefix_of(handshake_request(self.scope))
        with localized(first.language or None, first.time_zone, prefix):
            request = await run_in_thread(rebuild_request, self.scope, first.path, first.query)
            _check_visitor(first, request)
            self._page = Page(current_hub(), request, first.page_key, self._send_text, first.csrf)
            self._page.client = message.client
            self._page.outdated = self._end_outdated
            self._page.given_up = self._end_given_up
            self._page.navigation.sign = self._sign_roots
            try:
                await self._mount(self._page, tokens, message)
            except Redirected as redirected:
                await self._redirect(redirected)
                return
        self._forget_visitor = visitors.enter(names_of(request), self._check_now, since=heard)
        self._plan_recheck()

    async def _mount(self, page: Page, tokens: Mapping[str, JoinToken], message: Join) -> None:
        for view_id, token in tokens.items():
            view_class, kwargs = self._view_of(token, page.request)
            self._roots.append((await page.add_root(view_id, view_class, kwargs), token.is_routed))
        await page.navigation.settle()
        page.join_frame({root.view: root.digests for root in message.views}, self._sign_roots())
        for token in tokens.values():
            page.tell_losses(token.shown)

    async def _retire_page(self) -> None:
        """The browser goes on to another page. What it did on the one before is still carried out; what it saw is over."""
        page, self._page, self._roots = self._page, None, []
        if page is None:
            return
        before, self._retired = self._retired, page
        if self._forget_visitor is not None:
            self._forget_visitor()
            self._forget_visitor = None
        page.outdated = lambda error: None
        page.retire()
        if before is not None:
            await before.finish()

    async def _redirect(self, redirected: Redirected) -> None:
        """A view that was to be joined leads elsewhere. Until the browser has gone there, it has no page."""
        if self._page is not None:
            self._page.close()
        self._page, self._roots = None, []
        self._timer = asyncio.get_running_loop().call_later(_JOIN_WITHIN, self._hang_up, messages.CLOSE_TRY_AGAIN)
        nothing: dict[str, Any] = {"views": {}, "tokens": {}}
        await self._send_text(messages.encode({messages.JOINED: nothing, redirected.kind: redirected.url}))

    def _end_outdated(self, error: LiveExError) -> None:
        current_hub().run(self._refuse(messages.CLOSE_OTHER_RELEASE, messages.JOIN_REFUSED, error))

    def _end_given_up(self, reason: str) -> None:
        """Without a word to a browser that does not listen."""
        if not self._is_open:
            return
        logger.warning("A page was closed with %s: %s", messages.CLOSE_TRY_AGAIN, reason)
        self._end_page()
        current_hub().run(self._close(messages.CLOSE_TRY_AGAIN))

    def _view_of(self, token: JoinToken, request: HttpRequest) -> tuple[type[LiveView], Mapping[str, Any]]:
        view_class, kwargs = find_view(token.view), unpack_kwargs(token.kwargs)
        if self._only is not None and view_class is not self._only:
            raise InvalidToken(f"This socket serves {self._only.__name__} only, not {token.view}.")
        if token.is_routed:
            match = request.resolver_match
            if match is None or getattr(match.func, "live_view_class", None) is not view_class:
                raise InvalidToken(f"{token.path!r:.200} no longer leads to {token.view}.")
            kwargs = match.kwargs
        return view_class, kwargs

    def _sign_roots(self) -> dict[str, str]:
        self._signed_at = asyncio.get_running_loop().time()
        return {mounted.id: sign_root(mounted, is_routed=is_routed) for mounted, is_routed in self._roots}

    # Staying allowed

    def _plan_recheck(self) -> None:
        self._cancel_timer()
        if not self._is_open:
            return
        delay = conf.get("RECHECK_INTERVAL") * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        hub = current_hub()
        self._timer = hub.loop.call_later(delay, lambda: hub.run(self._check_again()))

    async def _check_now(self) -> None:
        """As the timer does; its next time is counted from now."""
        self._cancel_timer()
        await self._check_again()

    async def _check_again(self) -> None:
        """Read session, user and permissions afresh; close when they no longer carry the page."""
        async with self._checking:
            await self._check()

    async def _check(self) -> None:
        page = self._page
        if page is None or not self._is_open:
            return
        try:
            await page.check_again()
        except InvalidToken as error:
            await self._refuse(messages.CLOSE_JOIN_REFUSED, messages.JOIN_REFUSED, error)
            return
        except NotAllowed as error:
            await self._refuse(messages.CLOSE_FORBIDDEN, messages.FORBIDDEN, error)
            return
        except Exception as error:  # a hook or the database may raise anything; unchecked, the page must not go on
            logger.exception("The visitor of a page could not be checked again, so it has to join again.")
            await self._refuse(messages.CLOSE_TRY_AGAIN, messages.HANDLER_ERROR, error)
            return
        if asyncio.get_running_loop().time() - self._signed_at > conf.get("TOKEN_AGE") / 2:
            page.push(messages.TOKENS, self._sign_roots())
        self._plan_recheck()

    # Leaving

    async def _leave(self) -> None:
        """The server ends: once the event that runs is answered, the page goes, and joins another one."""
        for page in (self._retired, self._page):
            if page is not None:
                await page.finish()
        if self._is_open:
            await self._close(messages.CLOSE_RESTART)
        await self._ended.wait()

    async def _refuse(self, close_code: int, code: str, error: Exception) -> None:
        correlation = correlation_id()
        if isinstance(error, LiveExError):
            logger.warning("[%s] A page was closed with %s: %s", correlation, close_code, error)
        # First: sending waits for a browser that does not read.
        self._end_page()
        await self._send_text(messages.encode({messages.ERROR: {"code": code, "id": correlation}}))
        await self._close(close_code)

    async def _close(self, code: int) -> None:
        self._is_open = False
        try:
            await self.close(code)
        except (OSError, RuntimeError) as error:  # as below
            logger.debug("A connection could not be closed: %s", error)

    async def _send_text(self, text: str) -> None:
        """Straight to the server: what Channels puts in between is a third of what it takes to send a frame."""
        if not self._is_open:
            return
        message: Any = {"type": "websocket.send", "text": text}
        try:
            await self.base_send(message)
        except (OSError, RuntimeError) as error:
            # What servers raise for a browser that has just gone; the disconnect message is on its way.
            logger.debug("A frame could not be sent: %s", error)
            self._is_open = False

    async def websocket_disconnect(self, message: Mapping[str, Any]) -> None:
        raise StopConsumer

    def _end_page(self) -> None:
        self._cancel_timer()
        for forget in (self._forget, self._forget_visitor):
            if forget is not None:
                forget()
        for page in (self._retired, self._page):
            if page is not None:
                page.close()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _header(scope: Mapping[str, Any], name: bytes) -> str | None:
    return next((value.decode("latin1") for key, value in scope.get("headers", []) if key == name), None)


def _read_tokens(views: Sequence[JoinView]) -> dict[str, JoinToken]:
    """The tokens by root view; each counts once, and for the place in its page that it was made for."""
    tokens: dict[str, JoinToken] = {}
    for view in views:
        token = read(view.token)
        if token.root != view.view or token.root in tokens:
            raise InvalidToken(
                f"The token of root view {token.root} was shown for {shorten(repr(view.view))}, or twice."
            )
        tokens[token.root] = token
    return tokens


def _check_one_page(tokens: Mapping[str, JoinToken], first: JoinToken) -> None:
    if any(token.page_key != first.page_key for token in tokens.values()):
        raise InvalidToken("The tokens of a join belong to different pages.")
    if any(token.release != conf.get("RELEASE") for token in tokens.values()):
        raise OtherRelease(f"The page was rendered by release {first.release!r}, this is {conf.get('RELEASE')!r}.")


def _check_visitor(token: JoinToken, request: HttpRequest) -> None:
    if not is_digest_of(request, token.visitor):
        raise InvalidToken("The page was rendered for somebody else, or before a login or logout.")
