"""
What this process has: one log, one hub per event loop, and the way from sync code to the hub.

A process **serves** when it has built the websocket consumer, unless it was a system check that did; its hub lives as long
as its event loop. Elsewhere (a management command, a test without sockets) a hub lives for the length of one call.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary, WeakSet

from asgiref.sync import AsyncToSync
from channels.layers import get_channel_layer
from django.core import mail

from .. import conf
from ..exceptions import LogElsewhere, NoSharedLog, NotReady
from .chosen_log import choose_log
from .hub import Hub
from .log import MutationLog
from .neighbours import acting_hub
from .reactor import end_with_reactor
from .report import Report
from .threads import wait_for_loop
from .timing import Timing

T = TypeVar("T")

_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()
# What closes them.
_lives: WeakKeyDictionary[Hub, AsyncGenerator[None, None]] = WeakKeyDictionary()
# Those that end with the sync call they were made for.
_own_hubs: WeakSet[Hub] = WeakSet()
_serving = threading.Event()


@cache
def get_log() -> MutationLog:
    """The log of this process."""
    return choose_log()


def mark_as_serving() -> None:
    """Called by whatever is about to serve live pages in this process."""
    _serving.set()


@contextmanager
def only_looked_at() -> Iterator[None]:
    """An application that is imported within the block is not about to be served."""
    was_serving = _serving.is_set()
    try:
        yield
    finally:
        if not was_serving:
            _serving.clear()


def is_serving() -> bool:
    """Whether this process serves live pages."""
    return _serving.is_set()


def current_hub() -> Hub:
    """The hub of the running event loop; made when there is none."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        for ended in [other for other in tuple(_hubs) if other.is_closed()]:
            _hubs.pop(ended, None)
        hub = _hubs[loop] = _make_hub()
        _end_with_its_loop(hub)
        if _serving.is_set():
            hub.relay.start()
            end_with_reactor(hub, shut_down)
    return hub


def _make_hub() -> Hub:
    log = get_log()
    layer = get_channel_layer() if log.shared else None
    return Hub(log, layer, Timing(check=conf.get("CHECK_INTERVAL")), is_passing=not _serving.is_set())


def _end_with_its_loop(hub: Hub) -> None:
    """``asyncio.run``, and who else ends a loop with care, ends its asynchronous generators, and so this hub."""
    life = _lives[hub] = _live(hub.loop)
    with suppress(StopIteration):
        # It waits for nothing on its way to the yield. From here on the loop knows it.
        life.__anext__().send(None)


async def _live(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        hub = _hubs.pop(loop, None)
        if hub is not None:
            await hub.close()


async def acall_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    """
    Run ``work`` on the hub of the running event loop.

    Where nobody knows that the loop goes on afterwards, as it does not under ``asyncio.run``, what the work has set off
    and what others are to be told is waited for: it would be cancelled with the loop.
    """
    hub = current_hub()
    if hub is acting_hub.get() or hub is _serving_hub():
        return await work(hub)
    try:
        returned = await work(hub)
    except Exception:
        await hub.settle(conf.get("DRAIN"))
        raise
    await hub.settle(conf.get("DRAIN"))
    return returned


def call_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    """
    Run ``work`` on a hub from sync code and wait for it: on the hub whose action this is, on the one that serves pages,
    else on one of its own that ends with the call.
    """
    hub = lasting_hub()
    return AsyncToSync(_with_own_hub, force_new_loop=True)(work) if hub is None else _call(hub, work)


def call_serving_hub(work: Callable[[Hub], Awaitable[T]], method: str) -> T:
    """
    As :func:`call_hub`, for ``method`` of a handle whose effect has to outlive the call.

    Raises:
        NotReady: There is no hub that would.
    """
    hub = lasting_hub()
    if hub is None:
        raise NotReady(
            f"{method}() was called in a thread of a process in which no event loop follows stores, so nobody would ever "
            f"be called back. Call a{method}() in async code, or {method}() while this process serves live pages."
        )
    return _call(hub, work)


def _call(hub: Hub, work: Callable[[Hub], Awaitable[T]]) -> T:
    async def run() -> T:
        return await work(hub)

    return wait_for_loop(run(), hub.loop)


def lasting_hub() -> Hub | None:
    """The hub whose action runs here, or else one that serves pages; None when a call has to make its own."""
    hub = acting_hub.get()
    return hub if hub is not None and hub.loop.is_running() else _serving_hub()


def _serving_hub() -> Hub | None:
    """A hub that outlives the call, in whatever thread its loop runs."""
    if not _serving.is_set():
        return None
    return next((hub for hub in tuple(_hubs.values()) if hub.loop.is_running() and hub not in _own_hubs), None)


async def _with_own_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    hub = current_hub()
    _own_hubs.add(hub)
    try:
        return await work(hub)
    finally:
        # What the call has started, such as async subscribers, may end.
        await shut_down()


def reports() -> list[Report]:
    """What each hub of this process knows and has counted. Any thread may ask; nothing is waited for."""
    return [hub.report() for hub in tuple(_hubs.values())]


async def close_hub(drain: float | None = None) -> None:
    """End the hub of the running loop, at shutdown or after a call; ``drain`` as in :meth:`Hub.close`."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is not None:
        try:
            # Until it has ended nobody else makes another.
            await hub.close(drain)
        finally:
            if _hubs.get(loop) is hub:
                del _hubs[loop]
        if (life := _lives.pop(hub, None)) is not None:
            await life.aclose()


async def shut_down() -> None:
    """End the hub of the running loop because its server ends. What runs has ``LIVEEX["DRAIN"]`` seconds."""
    await close_hub(conf.get("DRAIN"))


def require_shared_log(store: str) -> None:
    """
    Raises:
        NoSharedLog: This process serves no pages and its log is its own, so a change would go nowhere. Tests may.
    """
    if not _is_log_shared():
        raise NoSharedLog(store)


def require_readable_log(store: str) -> None:
    """
    Raises:
        LogElsewhere: This process serves no pages and its log is its own, so there is nothing in it. Tests may look.
    """
    if not _is_log_shared():
        raise LogElsewhere(store)


def _is_log_shared() -> bool:
    return get_log().shared or _serving.is_set() or hasattr(mail, "outbox")  # Django's test runner makes mail.outbox
