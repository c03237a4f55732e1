"""
What this process has: one log, one hub per event loop, and the way from sync code to the hub.

A process **serves** when it has built the websocket consumer; its hub lives as long as its event loop. Elsewhere (a
management command, a test without sockets) a hub lives for the length of one call.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core import mail

from .. import conf
from ..exceptions import NoSharedLog
from .hub import Hub
from .log import MutationLog
from .memory import MemoryMutationLog
from .threads import wait_for_loop

T = TypeVar("T")

_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()
_serving = threading.Event()


@cache
def get_log() -> MutationLog:
    """The log of this process."""
    return MemoryMutationLog()


def mark_as_serving() -> None:
    """Called by whatever is about to serve live pages in this process."""
    _serving.set()


def is_serving() -> bool:
    """Whether this process serves live pages."""
    return _serving.is_set()


def current_hub() -> Hub:
    """The hub of the running event loop; made when there is none."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        log = get_log()
        hub = _hubs[loop] = Hub(log, get_channel_layer() if log.shared else None)
    return hub


def serving_hub() -> Hub | None:
    """A hub whose loop runs, in whatever thread."""
    return next((hub for hub in tuple(_hubs.values()) if hub.loop.is_running()), None)


def call_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    """
    Run ``work`` on the hub from sync code and wait for it: on the serving loop when there is one, else on a hub of
    its own that ends with the call.
    """
    hub = serving_hub()
    if hub is None:
        return async_to_sync(_with_own_hub)(work)

    async def run() -> T:
        return await work(hub)

    return wait_for_loop(run(), hub.loop)


async def _with_own_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    hub = current_hub()
    try:
        return await work(hub)
    finally:
        if not _serving.is_set():
            # What the call has started, such as async subscribers, may end.
            await close_hub(conf.get("DRAIN"))


async def close_hub(drain: float = 0) -> None:
    """End the hub of the running loop, at shutdown or after a call."""
    hub = _hubs.pop(asyncio.get_running_loop(), None)
    if hub is not None:
        await hub.close(drain)


def require_shared_log(store: str) -> None:
    """
    Raises:
        NoSharedLog: This process serves no pages and its log is its own, so a change would go nowhere. Tests may.
    """
    if get_log().shared or _serving.is_set() or hasattr(mail, "outbox"):  # Django's test runner makes mail.outbox
        return
    raise NoSharedLog(store)
