"""
A page: the live views of one browser tab, without a word about sockets.

It takes events, renders what changed and hands frames to whoever carries them. Nothing runs while nothing happens:
the tasks below are started by an event or a change and end with it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import Engine
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from .. import conf
from ..exceptions import InvalidFrame, InvalidToken, LiveExError, LogError, UnknownView
from ..replication import Hub, Origin
from ..replication.claims import EventId
from ..replication.origin import actor_of
from ..replication.threads import run_in_thread
from ..store.names import nearest, shorten
from . import hooks, messages
from .events import is_idempotent, next_origin, not_in_event, run_event
from .ledger import ledger_of
from .messages import Event
from .mounted import Mounted
from .outcomes import APPLIED, Outcome, correlation_id, outcome_of
from .positions import is_lost
from .request import localized, read_visitor
from .template_context import run_processors
from .token import visitor_digest
from .view import LiveView

logger = logging.getLogger("liveex.live")

# Answers that wait for a browser, in LIVEEX["MAX_EVENTS"]: a slow network holds back as many at times.
_MOST_REPLIES = 5

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Page:
    """
    Args:
        request: Whose session and user are loaded; see :mod:`liveex_django.live.request`.
        page_key: Unguessable id of the page, the same from the HTTP render on through all reconnects.
        send: Carries a frame to the browser; None for an HTTP render, which has no later.
        csrf: The token that the page was rendered with, so that a join renders the same.
    """

    def __init__(self, hub: Hub, request: HttpRequest, page_key: str, send: Send | None = None, csrf: str = "") -> None:
        self.hub = hub
        self.request = request
        self.page_key = page_key
        self.connected = send is not None
        self.user: Any = getattr(request, "user", None)
        self.language = translation.get_language()
        self.time_zone = timezone.get_current_timezone_name()
        self.csrf = csrf
        self.processed: dict[str, Any] = {}
        self.client = ""
        self._engine: Engine | None = None
        self._send = send
        self._views: dict[str, Mounted] = {}
        self._dirty: set[Mounted] = set()
        self._frame: dict[str, Any] = {}
        self._replies: deque[list[Any]] = deque()
        self._known_parts: set[str] = set()
        self._events: deque[Event] = deque()
        self._working: asyncio.Task[None] | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._event_done = asyncio.Event()
        # Before, views are being mounted and rendered; what changes meanwhile is rendered and sent afterwards.
        self._is_joined = False
        self._is_closed = False
        self._is_finished = False
        #: Called once, when a later release has taken over what the page shows.
        self.outdated: Callable[[LiveExError], object] = lambda error: None
        self._forget_condition = hub.condition.subscribe(self._tell_condition) if self.connected else None
        # Whose page it is. Not asked of the request later on: that shows the visitor of the moment.
        self._visitor = visitor_digest(request)
        # One reads at a time, or an older reading could come out as the newest.
        self._reading = asyncio.Lock()

    @property
    def actor(self) -> str:
        return actor_of(self.user) or "anonymous"

    # Views

    async def add_root(self, view_id: str, view_class: type[LiveView], kwargs: Mapping[str, Any]) -> Mounted:
        """Start and render a root view, with everything nested in it."""
        mounted = Mounted(self, view_id, view_class, kwargs)
        try:
            with hooks.Contained():
                await mounted.start()
                await mounted.render()
        except BaseException:
            mounted.close()
            raise
        return mounted

    def register(self, mounted: Mounted) -> None:
        """Called by a view that starts; a page has a bounded number of them."""
        if len(self._views) >= conf.get("MAX_VIEWS"):
            raise InvalidFrame(
                f"This page has {len(self._views)} live views, the most that LIVEEX['MAX_VIEWS'] allows. Nest fewer: "
                "rows of a table are better rendered by one view."
            )
        self._views[mounted.id] = mounted

    def unregister(self, mounted: Mounted) -> None:
        """Called by a view that ends."""
        if self._views.get(mounted.id) is mounted:
            del self._views[mounted.id]
        self._dirty.discard(mounted)

    def process(self, engine: Engine) -> None:
        """Run the context processors, once for the page. Called in a thread."""
        if self._engine is None:
            self._engine = engine
            self.processed = run_processors(engine.template_context_processors, self.request)
            self.processed["csrf_token"] = SimpleLazyObject(self._csrf_token)

    def _csrf_token(self) -> str:
        self.csrf = self.csrf or get_token(self.request)
        return self.csrf

    async def read_visitor(self) -> None:
        """
        Read session and user afresh.

        Raises:
            InvalidToken: It is no longer the visitor that the page was rendered for.
        """
        async with self._reading:
            await run_in_thread(read_visitor, self.request)
            if visitor_digest(self.request) != self._visitor:
                raise InvalidToken(
                    "The visitor has logged in or out, or changed the password, since the page was rendered."
                )
            self.user = getattr(self.request, "user", None)
            for mounted in self._views.values():
                mounted.view.user = self.user
                mounted.view.session = getattr(self.request, "session", None)

    async def check_again(self) -> None:
        """
        Read session and user afresh, and ask every view whether they still carry it.

        Raises:
            InvalidToken: Another visitor, or another session.
            NotAllowed: A view, root or nested, refuses.
        """
        with self.localized():
            await self.read_visitor()
            for mounted in tuple(self._views.values()):
                await mounted.check_again()

    def localized(self) -> AbstractContextManager[None]:
        """The language and time zone of the page, for the length of a block."""
        return localized(self.language, self.time_zone)

    def next_origin(self) -> Origin:
        """Of a dispatch by a view's own code: within an event a part of that, else on its own account."""
        return next_origin(self.user) or Origin(user=self.user, visitor=self.page_key)

    def close(self) -> None:
        """
        End every view. Events that wait are dropped; one that runs may end, for ``LIVEEX["DRAIN"]`` seconds. Actions are
        the hub's and end in any case. The outcomes reach nobody here.
        """
        self._is_closed = True
        if self._forget_condition is not None:
            self._forget_condition()
        self._events.clear()
        if self._flushing is not None:
            self._flushing.cancel()
        if self._working is not None:
            self.hub.loop.call_later(conf.get("DRAIN"), self._working.cancel)
        for mounted in [view for view in self._views.values() if view.parent is None]:
            mounted.close()

    # Joining

    def join_frame(self, digests: Mapping[str, Mapping[str, Mapping[str, str]]], tokens: dict[str, str]) -> None:
        """
        Answer a join: for every view what the browser lacks, given the digests of what it shows.

        ``digests`` is by root view, view and region; the frame leaves with the next flush.
        """
        parts: dict[str, tuple[str, ...]] = {}
        joined = {}
        for mounted in self._views.values():
            shown = digests.get(mounted.id.partition("-")[0], {}).get(mounted.id, {})
            joined[mounted.id] = mounted.take_join(shown, parts)
        self._tell_parts(parts)
        self._frame[messages.JOINED] = {"views": joined, "tokens": tokens}
        if self.hub.condition.is_degraded:
            self._frame[messages.DEGRADED] = True
        self._is_joined = True
        self._schedule()

    def _tell_condition(self, is_degraded: bool) -> None:
        self.push(messages.DEGRADED, is_degraded)

    def tell_loss(self, mounted: Mounted) -> None:
        """The log no longer has what this view has shown."""
        lost = self._frame.setdefault(messages.LOST, [])
        if mounted.id not in lost:
            lost.append(mounted.id)
        self._schedule()

    def tell_losses(self, shown: Mapping[str, str]) -> None:
        """Compare with where the page stood when it was last joined; ``shown`` as in :func:`.positions.shown_of`."""
        for mounted in self._views.values():
            if is_lost(shown, mounted.followed.values()):
                self.tell_loss(mounted)

    def push(self, key: str, value: Any) -> None:
        """Put one more thing into the next frame."""
        self._frame[key] = value
        self._schedule()

    def resync(self, view_id: str) -> None:
        """
        Send a view whole, because its page could not place a diff.

        Raises:
            UnknownView: The page has no such view.
        """
        mounted = self._find(view_id)
        mounted.sent = None
        self.mark_dirty(mounted)

    def _find(self, view_id: str) -> Mounted:
        try:
            return self._views[view_id]
        except KeyError:
            raise UnknownView(
                shorten(view_id),
                self._views,
                owner="The page",
                consequence="the message was dropped",
                nearest=nearest(view_id, self._views),
            ) from None

    # Events: one after the other, in the order they came

    @property
    def is_stalled(self) -> bool:
        """Whether answers pile up because the browser does not read them."""
        return len(self._replies) > _MOST_REPLIES * int(conf.get("MAX_EVENTS"))

    def take_event(self, event: Event) -> None:
        """Put an event into the queue; its outcome leaves in a frame."""
        if len(self._events) >= conf.get("MAX_EVENTS"):
            self._reply(event.seq, Outcome(messages.FAILED, {"code": messages.TOO_MANY_EVENTS, "id": ""}))
            return
        self._events.append(event)
        if self._working is None:
            self._event_done.clear()
            self._working = self.hub.run(self._work(), what="an event of a page")

    async def _work(self) -> None:
        try:
            with self.localized():
                # When the server ends none is begun: what the browser has no answer to, it sends again elsewhere.
                while self._events and not self.hub.is_draining:
                    await self._run(self._events.popleft())
        finally:
            self._working = None
            self._event_done.set()

    async def finish(self) -> None:
        """Wait until the event that runs has been answered. The hub is draining, so no other one begins."""
        if self._working is not None:
            await asyncio.wait({self._working})
        # What changes from now on the page is shown elsewhere; a store that never rests would keep it here.
        self._is_finished = True
        if self._flushing is not None:
            await asyncio.wait({self._flushing})

    async def _run(self, event: Event) -> None:
        event_id = EventId(f"{self.page_key}.{self.client}", event.seq)
        # Before the event is claimed: a page that closes meanwhile takes its views along, and the event runs all the same.
        mounted = self._views.get(event.view)
        is_repeatable = mounted is not None and is_idempotent(mounted, event.event)
        try:
            outcome = await ledger_of(self.hub).once(
                event_id,
                lambda: self._run_new(event, event_id, mounted, is_repeatable=is_repeatable),
                self.hub.claimant,
                is_idempotent=is_repeatable,
            )
        except LogError as error:
            self.hub.log_failed(error)
            outcome = outcome_of(error, f"{_described(event)}, which was not run,")
        self._reply(event.seq, outcome)

    async def _run_new(
        self, event: Event, event_id: EventId, mounted: Mounted | None, *, is_repeatable: bool
    ) -> Outcome:
        try:
            mounted = mounted or self._find(event.view)
            with hooks.Contained():
                origin = Origin(user=self.user, id=str(event_id), visitor=self.page_key, is_repeatable=is_repeatable)
                await run_event(mounted, event.event, event.payload, origin)
            self.mark_dirty(mounted)
            await self._save_session()
        except Exception as error:  # a project's handler may raise anything; it must not end the page
            return outcome_of(error, _described(event))
        return APPLIED

    async def _save_session(self) -> None:
        session = getattr(self.request, "session", None)
        if session is not None and session.modified:
            await run_in_thread(session.save)
            session.modified = False

    def _reply(self, seq: int, outcome: Outcome) -> None:
        self._replies.append(outcome.reply(seq))
        self._schedule()

    # Frames

    def mark_dirty(self, mounted: Mounted) -> None:
        """Render this view again, soon; not one that ended while its handler ran, whose place may be another's now."""
        if self._views.get(mounted.id) is mounted:
            self._dirty.add(mounted)
            self._schedule()

    def _schedule(self) -> None:
        if self._flushing is None and self._is_joined and not self._is_closed:
            self._flushing = self.hub.run(self._flush())

    async def _flush(self) -> None:
        try:
            # It may have been started from within an event, and what hooks do from here on is no part of that.
            with self.localized(), not_in_event():
                await self._wait_for_event()
                while self._frame or self._replies or (self._dirty and not self._is_finished):
                    await self._render_dirty()
                    frame, self._frame = self._frame, {}
                    if self._replies:
                        frame[messages.REPLY] = self._replies.popleft()
                    if frame and self._send is not None:
                        await self._send(frame)
        finally:
            self._flushing = None

    async def _wait_for_event(self) -> None:
        """Give an event that is running a moment to end, so that its patch and its reply leave together."""
        if self._working is not None:
            try:
                await asyncio.wait_for(self._event_done.wait(), conf.get("FLUSH_INTERVAL"))
            except TimeoutError:
                return

    async def _render_dirty(self) -> None:
        """Put into the next frame what has changed, each view once: what changes meanwhile is for the frame after it."""
        parts: dict[str, tuple[str, ...]] = {}
        patch = self._frame.setdefault(messages.PATCH, {})
        rendered: set[Mounted] = set()
        while views := self._dirty - rendered:
            # Parents first: they may end their children.
            mounted = min(views, key=lambda view: view.id.count("-"))
            rendered.add(mounted)
            self._dirty.discard(mounted)
            await mounted.tell_view()
            try:
                with hooks.Contained():
                    await mounted.render()
                if change := mounted.take_diff(parts):
                    patch[mounted.id] = change
            except Exception:  # a template may raise anything; the page keeps what it shows
                self.report_render_error(mounted)
        if not patch:
            del self._frame[messages.PATCH]
        self._tell_parts(parts)

    def report_render_error(self, mounted: Mounted) -> None:
        """Called while handling what a template or a view's start raised: log it, tell the browser a code."""
        correlation = correlation_id()
        name = type(mounted.view).__name__
        logger.exception("[%s] %s could not be rendered; its page keeps what it shows.", correlation, name)
        self._frame[messages.ERROR] = {"code": messages.RENDER_ERROR, "id": correlation, "view": mounted.id}

    def _tell_parts(self, parts: dict[str, tuple[str, ...]]) -> None:
        new = {name: statics for name, statics in parts.items() if name not in self._known_parts}
        if new:
            self._known_parts |= new.keys()
            self._frame.setdefault(messages.PARTS, {}).update(new)


def _described(event: Event) -> str:
    return f"event {event.event!r:.100} of view {event.view!r:.100}"


def new_page_key() -> str:
    """An id that nobody guesses: 128 random bits."""
    return uuid4().hex
