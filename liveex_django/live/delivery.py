"""
Bringing what changed to all pages of a process: one pass over those that are due, instead of a task for each.

A page gets the first change at once. After a patch it rests for ``LIVEEX["FLUSH_INTERVAL"]``, and what changes meanwhile
is one patch; the answer to an event of its own does not wait for that. A page whose window is full is held back until
its browser acknowledges. Nothing here runs while nothing changes.
"""

import asyncio
import logging
from collections import deque
from contextvars import Context
from weakref import WeakKeyDictionary

from .. import conf
from ..replication import Hub
from . import eager
from .outlet import Outlet, Resting
from .render_log import RenderLog
from .request import localize
from .unacknowledged import PATIENCE, Unacknowledged

logger = logging.getLogger("liveex.live")

# How long a pass may keep the event loop from reading what browsers send (s). Half of a frame of 60 Hz: nobody sees it.
_SLICE = 0.008

# Language, time zone and script prefix.
Locale = tuple[str | None, str, str]


class Delivery:
    """
    Of the pages of one hub.

    Attributes:
        unacknowledged: The pages that have not acknowledged everything.
        render_log: Takes what was evaluated and sent, with LIVEEX["DEBUG_RENDER"]; else None.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.unacknowledged: Unacknowledged[Outlet] = Unacknowledged(loop, self._overdue)
        self.render_log: RenderLog | None = None
        self._due: deque[Outlet] = deque()
        self._pass: asyncio.Handle | None = None
        # Until when they rest, and who; soonest first.
        self._resting: deque[tuple[float, Resting]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        # Those with something to say whose window is full.
        self._held: set[Outlet] = set()
        self._tasks = 0
        self._waiting: list[asyncio.Future[None]] = []

    # What pages and their browsers ask for

    def wake(self, outlet: Outlet) -> None:
        """The page may have something to say."""
        if outlet.is_queued or outlet.is_flushing or not outlet.is_open:
            return
        frames = outlet.frames
        if not frames.is_urgent:
            if outlet.rest is not None or not frames.has_patch:
                return
            if frames.is_answering:
                # The event that runs has caused it, most of the time, and both are to leave in one frame.
                self._rest({outlet: None})
                return
        if outlet.window.is_full:
            self._held.add(outlet)
        else:
            self._enqueue(outlet)

    def heard(self, outlet: Outlet) -> None:
        """The browser has acknowledged more than before."""
        if outlet.window.is_empty:
            self.unacknowledged.forget(outlet)
        else:
            self.unacknowledged.expect(outlet)
        if outlet in self._held and not outlet.window.is_full:
            self._held.discard(outlet)
            self._enqueue(outlet)

    def forget(self, outlet: Outlet) -> None:
        """The page has ended."""
        self._held.discard(outlet)
        self.unacknowledged.forget(outlet)
        self._leave_rest(outlet)
        self._tell_idle()

    def _overdue(self, outlet: Outlet) -> None:
        outlet.give_up(f"The browser has acknowledged nothing for {PATIENCE:g} s.")

    # The pass

    def _enqueue(self, outlet: Outlet) -> None:
        outlet.is_queued = True
        self._due.append(outlet)
        if self._pass is None:
            self._pass = self._loop.call_soon(self._run)

    def _run(self) -> None:
        self._pass = None
        due, time = self._due, self._loop.time
        until = time() + _SLICE
        contexts: dict[Locale, Context] = {}
        rendered: Resting = {}
        log = self.render_log = RenderLog() if conf.get("DEBUG_RENDER") else None
        try:
            while due:
                outlet = due.popleft()
                outlet.is_queued = False
                if not outlet.is_open:
                    continue
                if outlet.window.is_full:
                    self._held.add(outlet)
                    continue
                self._serve(outlet, contexts, rendered)
                if time() > until:
                    break
        finally:
            if rendered:
                self._rest(rendered)
            if due and self._pass is None:
                # What has arrived meanwhile is read first.
                self._pass = self._loop.call_soon(self._run)
            self._tell_idle()
            if log is not None:
                log.write()

    def _serve(self, outlet: Outlet, contexts: dict[Locale, Context], rendered: Resting) -> None:
        outlet.is_flushing = True
        try:
            context = contexts.get(outlet.locale)
            if context is None:
                context = contexts[outlet.locale] = _context_of(outlet.locale)
            # A copy: what a page does to it is no other's, and a flush that goes on in a task has it for itself.
            context = context.copy()
            flush = eager.begin(outlet.flush(), context)
        except StopIteration as end:
            if end.value:
                self._leave_rest(outlet)
                rendered[outlet] = None
                outlet.rest = rendered
            self._ended(outlet)
        except (Exception, asyncio.CancelledError) as error:  # of one page; others go on
            self._failed(outlet, error)
        else:
            self._tasks += 1
            outlet.task = outlet.run(flush, context=context)
            log = self.render_log
            outlet.task.add_done_callback(lambda task: self._task_ended(outlet, task, log))

    def _task_ended(self, outlet: Outlet, task: "asyncio.Task[bool]", log: RenderLog | None) -> None:
        self._tasks -= 1
        if log is not None:
            log.write()
        outlet.task = None
        if task.cancelled():
            self._ended(outlet)
        elif (error := task.exception()) is not None:
            self._failed(outlet, error)
        else:
            if task.result():
                self._leave_rest(outlet)
                self._rest({outlet: None})
            self._ended(outlet)
        self._tell_idle()

    def _ended(self, outlet: Outlet) -> None:
        outlet.is_flushing = False
        self.wake(outlet)
        outlet.flushed()

    def _failed(self, outlet: Outlet, error: BaseException) -> None:
        outlet.is_flushing = False
        outlet.flushed()
        logger.error("A frame could not be made, so its page has to join again.", exc_info=error)
        outlet.give_up("Its last frame could not be made.")

    # Resting

    def _rest(self, outlets: Resting) -> None:
        for outlet in outlets:
            outlet.rest = outlets
        self._resting.append((self._loop.time() + conf.get("FLUSH_INTERVAL"), outlets))
        if self._timer is None:
            self._plan()

    @staticmethod
    def _leave_rest(outlet: Outlet) -> None:
        if outlet.rest is not None:
            outlet.rest.pop(outlet, None)
            outlet.rest = None

    def _plan(self) -> None:
        self._timer = self._loop.call_at(self._resting[0][0], self._end_rest)

    def _end_rest(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._resting and self._resting[0][0] <= now:
            _, outlets = self._resting.popleft()
            for outlet in outlets:
                outlet.rest = None
                if outlet.frames.has_patch and not (outlet.is_queued or outlet.is_flushing):
                    self._enqueue(outlet)
        if self._resting:
            self._plan()
        self._tell_idle()

    # Being watched

    @property
    def is_idle(self) -> bool:
        """Whether every page that can be sent something has been."""
        if self._due or self._tasks or self._held:
            return False
        return not any(outlet.frames.has_patch for _, outlets in self._resting for outlet in outlets)

    async def idle(self) -> None:
        """Wait until :attr:`is_idle`."""
        while not self.is_idle:
            waiting = self._loop.create_future()
            self._waiting.append(waiting)
            await waiting

    def _tell_idle(self) -> None:
        if self._waiting and self.is_idle:
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)
            self._waiting.clear()


def _context_of(locale: Locale) -> Context:
    """An empty one but for the locale: pages are rendered in nobody's event or action."""
    context = Context()
    context.run(localize, *locale)
    return context


_deliveries: "WeakKeyDictionary[Hub, Delivery]" = WeakKeyDictionary()


def delivery_of(hub: Hub) -> Delivery:
    """The delivery to the pages of a hub; it ends with the hub."""
    delivery = _deliveries.get(hub)
    if delivery is None:
        delivery = _deliveries[hub] = Delivery(hub.loop)
    return delivery
