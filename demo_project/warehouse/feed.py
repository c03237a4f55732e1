"""
Somebody who moves stock all day, by dispatching the action ``move``.

With Redis it is a process of its own: ``manage.py warehouse_feed``. Without, the log is in the memory of the process that
serves the pages, so there it is a thread of that one: :func:`fed`, for ``asgi.py``.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from functools import cache
from typing import Any, NamedTuple

from demo_project.warehouse.catalogue import Item
from demo_project.warehouse.store import store
from liveex_django.exceptions import LogError
from liveex_django.store import Reject

logger = logging.getLogger(__name__)

# How it stands in the list of what happened.
NAME = "feed"

# Of all movements; with these quantities about as much comes in as goes out.
_SHARE_RECEIVED = 0.2
_MOST_SHIPPED = 40  # units

# From the first refusal to the end of the loop; the goodbyes to browsers are in between.
_LAST_MOMENT = 5.0  # s


class Movement(NamedTuple):
    sku: str
    kind: str
    quantity: int


def draw(chance: random.Random, items: Mapping[str, Item]) -> Movement:
    """What to move next: fill up an item of which there is too little, or ship some of another one."""
    low = [item for item in items.values() if item["stock"] < item["minimum"]]
    in_stock = [item for item in items.values() if item["stock"]]
    if not in_stock or (low and chance.random() < _SHARE_RECEIVED):
        item = chance.choice(low)
        return Movement(item["sku"], "received", 2 * item["minimum"] + chance.randrange(20))
    item = chance.choice(in_stock)
    return Movement(item["sku"], "shipped", chance.randint(1, min(item["stock"], _MOST_SHIPPED)))


class Feed:
    """
    Args:
        every: Seconds between two movements.
        count: How many movements to make; None goes on until :meth:`stop`.
        seed: The same one gives the same movements of the same stock.
        report: Called with each movement that was made.
    """

    def __init__(
        self,
        *,
        every: float = 1.0,
        count: int | None = None,
        seed: int | None = None,
        report: Callable[[Movement], object] = lambda movement: None,
    ) -> None:
        self._every = every
        self._count = count
        self._chance = random.Random(seed)  # noqa: S311 - nothing is kept secret with it
        self._report = report
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End :meth:`run` after the movement that it is at. Any thread, or a signal handler, may call it."""
        self._stopped.set()

    def run(self, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """
        Move stock until it is stopped, is not wanted any more or has made its count; while the log cannot be reached it
        says so and tries again.

        Raises:
            NoSharedLog: The log is in the memory of a process, and not of this one.
        """
        made = 0
        while made != self._count and not self._stopped.is_set() and is_wanted():
            made += self._move()
            self._stopped.wait(self._every)

    def _move(self) -> bool:
        warehouse = store.at()
        try:
            movement = draw(self._chance, warehouse.get_state()["items"])
            warehouse.dispatch("move", **movement._asdict(), who=NAME)
        except Reject:  # somebody else was faster
            return False
        except LogError as error:
            logger.warning("Nothing could be moved: %s", error)
            return False
        self._report(movement)
        return True


def ends(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop is at its end: it refuses work for a moment before it stops."""
    deadline = time.monotonic() + _LAST_MOMENT
    while loop.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not loop.is_running()


def fed(application: Any, feed: Feed) -> Any:
    """The same ASGI application; from its first request on, a thread of its process runs the feed, as long as it serves."""

    @cache
    def start(loop: asyncio.AbstractEventLoop) -> None:
        threading.Thread(target=run, args=[loop], name="warehouse-feed", daemon=True).start()

    def run(loop: asyncio.AbstractEventLoop) -> None:
        try:
            feed.run(loop.is_running)
        except (RuntimeError, CancelledError):
            # Of a movement that the end of the server has overtaken, or a mistake.
            if not ends(loop):
                raise

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            start(asyncio.get_running_loop())
        await application(scope, receive, send)

    return serve


class WithoutFeed(logging.Filter):
    """Keeps the readable records of commits to those that people make."""

    def filter(self, record: logging.LogRecord) -> bool:
        commit = getattr(record, "liveex", {})
        return (commit.get("store"), commit.get("action")) != (store.name, "move")
