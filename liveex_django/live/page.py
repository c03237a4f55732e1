"""
A page: the live views of one browser tab, without a word about sockets.

Its events wait in a queue (:mod:`.event_queue`), what it has to say becomes frames (:mod:`.frames`), and these leave
through its outlet (:mod:`.outlet`) when it is their turn (:mod:`.delivery`). Nothing runs while nothing happens.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import Engine
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from .. import conf
from ..exceptions import InvalidFrame, InvalidToken, LiveExError, UnknownView
from ..replication import Hub, Origin
from ..replication.origin import actor_of
from ..replication.threads import run_in_thread
from ..store.names import nearest, shorten
from . import hooks, messages, user_messages
from .delivery import delivery_of
from .event_queue import EventQueue
from .events import next_origin
from .frames import Frames
from .messages import Event, Params
from .mounted import Mounted
from .navigation import Navigation
from .outcomes import Outcome
from .outlet import Outlet, Send
from .positions import is_lost
from .request import localized, read_visitor, script_prefix_of
from .template_context import run_processors
from .token import visitor_digest
from .view import LiveView

# Answers that wait for a browser, in LIVEEX["MAX_EVENTS"]: a slow network holds back as many at times.
_MOST_REPLIES = 5


class Page:
    """
    Args:
        request: Whose session and user are loaded; see :mod:`liveex_django.live.request`.
        page_key: Unguessable id of the page, the same from the HTTP render on through all reconnects.
        send: Carries the text of a frame to the browser; None for an HTTP render, which has no later.
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
        self.script_prefix = script_prefix_of(request)
        self.csrf = csrf
        self.processed: dict[str, Any] = {}
        self.client = ""
        self._engine: Engine | None = None
        self._views: dict[str, Mounted] = {}
        self.frames = Frames()
        self.navigation = Navigation(self)
        self._events = EventQueue(self)
        # Closed until the page has joined: meanwhile views are mounted and rendered, and what changes is sent afterwards.
        self._outlet: Outlet | None = None
        if send is not None:
            locale = self.language, self.time_zone, self.script_prefix
            self._outlet = Outlet(delivery_of(hub), self.frames, send, hub.run, self._give_up, locale)
        #: Called once, when a later release has taken over what the page shows.
        self.outdated: Callable[[LiveExError], object] = lambda error: None
        #: Called with a reason, when nothing more can be sent over this connection.
        self.given_up: Callable[[str], object] = lambda reason: None
        self._forget_condition = hub.condition.subscribe(self._tell_condition) if self.connected else None
        if self.connected:
            user_messages.when_added(request, lambda: hub.loop.call_soon_threadsafe(self.tell_messages))
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

    async def render_again(self) -> None:
        """Render every view anew, for HTTP, after an event. Parents first: they may end their children."""
        rendered: set[Mounted] = set()
        while views := set(self._views.values()) - rendered:
            mounted = min(views, key=lambda view: view.id.count("-"))
            rendered.add(mounted)
            await mounted.tell_view()
            await mounted.render()

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
        self.frames.forget(mounted)

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
        """The language, time zone and script prefix of the page, for the length of a block."""
        return localized(self.language, self.time_zone, self.script_prefix)

    def next_origin(self) -> Origin:
        """Of a dispatch by a view's own code: within an event a part of that, else on its own account."""
        return next_origin(self.user) or Origin(user=self.user, visitor=self.page_key)

    def close(self) -> None:
        """
        End every view. Events that wait are dropped; one that runs may end, for ``LIVEEX["DRAIN"]`` seconds. Actions are
        the hub's and end in any case. The outcomes reach nobody here.
        """
        if self._forget_condition is not None:
            self._forget_condition()
        self._events.close()
        if self._outlet is not None:
            self._outlet.close()
        for mounted in [view for view in self._views.values() if view.parent is None]:
            mounted.close()

    def retire(self) -> None:
        """
        The browser has gone on to another page: nothing is sent any more, and the page ends as soon as the events that came
        before have run.
        """
        if self._outlet is not None:
            self._outlet.close()
        self._events.when_idle(self.close)

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
        self.frames.put_parts(parts)
        self.frames.put(messages.JOINED, {"views": joined, "tokens": tokens})
        if self.hub.condition.is_degraded:
            self.frames.put(messages.DEGRADED, True)
        if self._outlet is not None:
            self._outlet.open()

    def _give_up(self, reason: str) -> None:
        self.given_up(reason)

    def _tell_condition(self, is_degraded: bool) -> None:
        self.push(messages.DEGRADED, is_degraded)

    def tell_loss(self, mounted: Mounted) -> None:
        """The log no longer has what this view has shown."""
        self.frames.put_loss(mounted)
        self._wake()

    def tell_losses(self, shown: Mapping[str, str]) -> None:
        """Compare with where the page stood when it was last joined; ``shown`` as in :func:`.positions.shown_of`."""
        for mounted in self._views.values():
            if is_lost(shown, mounted.followed.values()):
                self.tell_loss(mounted)

    def push(self, key: str, value: Any) -> None:
        """Put one more thing into the next frame."""
        self.frames.put(key, value)
        self._wake()

    def tell_messages(self) -> None:
        """Show what code has told the user since, unless an event runs: its messages leave with its answer."""
        if self.frames.is_answering:
            return
        if told := user_messages.take(self.request):
            self.frames.put_messages(told)
            self._wake()

    def append(self, key: str, item: Any) -> None:
        """Put one more item into a list of the next frame."""
        self.frames.append(key, item)
        self._wake()

    def resync(self, view_id: str) -> None:
        """
        Send a view whole, because its page could not place a diff.

        Raises:
            UnknownView: The page has no such view.
        """
        mounted = self.get(view_id)
        mounted.sent = None
        self.mark_dirty(mounted)

    @property
    def views(self) -> tuple[Mounted, ...]:
        """All of them; one comes before those nested in it."""
        return tuple(self._views.values())

    @property
    def is_joined(self) -> bool:
        """Whether its browser has been told what it shows, so that it can be told of changes."""
        return self._outlet is not None and self._outlet.is_open

    def count_async_work(self) -> int:
        """How much that its views have started has not ended."""
        return sum(len(mounted.work) for mounted in self.views)

    def find(self, view_id: str) -> Mounted | None:
        """The view of this id."""
        return self._views.get(view_id)

    def get(self, view_id: str) -> Mounted:
        """
        The view of this id.

        Raises:
            UnknownView: The page has no such view.
        """
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

    # Events

    @property
    def is_stalled(self) -> bool:
        """Whether answers pile up because the browser does not read them."""
        return self.frames.replies > _MOST_REPLIES * int(conf.get("MAX_EVENTS"))

    def take_event(self, event: Event | Params) -> None:
        """Put an event, or another query to show, into the queue; its outcome leaves in a frame."""
        self._events.take(event)

    def reply(self, seq: int, outcome: Outcome) -> None:
        """Answer an event, in a frame with what it has changed."""
        self.frames.reply(seq, outcome)
        self._wake()

    async def finish(self) -> None:
        """
        Wait until the event that runs has been answered. The hub is draining, so no other one begins; async work is begun
        again where the page goes.
        """
        for mounted in self._views.values():
            mounted.work.close()
        await self._events.finish()
        # What changes from now on the page is shown elsewhere; a store that never rests would keep it here.
        self.frames.is_finished = True
        if self._outlet is not None:
            await self._outlet.drained()

    # Frames

    def acknowledge(self, frames: int) -> None:
        """
        The browser has received so many frames since it joined.

        Raises:
            InvalidFrame: It cannot have.
        """
        if self._outlet is not None:
            self._outlet.acknowledge(frames)

    def mark_dirty(self, mounted: Mounted) -> None:
        """Render this view again, soon; not one that ended while its handler ran, whose place may be another's now."""
        if self._views.get(mounted.id) is mounted:
            self.frames.mark_dirty(mounted)
            self._wake()

    def report_render_error(self, mounted: Mounted) -> None:
        """Called while handling what a template or a view's start raised."""
        self.frames.put_render_error(mounted)

    def _wake(self) -> None:
        if self._outlet is not None:
            self._outlet.wake()


def new_page_key() -> str:
    """An id that nobody guesses: 128 random bits."""
    return uuid4().hex
