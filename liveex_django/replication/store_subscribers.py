"""Calling what a store declares with ``@store.on(mutation)``: once per process, callback and version, in order."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from ..store import Entry, Store
from ..store.plugins import Subscriber
from .followed import TRANSACTION, Change, Committed

logger = logging.getLogger("liveex.replication")


class StoreSubscribers:
    """
    A subscriber of one followed instance that passes entries on. Plain callbacks run at once and must be quick; ``async``
    ones run one after the other in a task that ends when none is left.
    """

    def __init__(self, store: Store, run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]) -> None:
        self._store = store
        self._run = run
        self._waiting: deque[Coroutine[Any, Any, None]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def __call__(self, change: Change) -> None:
        if not isinstance(change, Committed):
            return
        for subscriber in self._subscribers_of(change.entry):
            try:
                result = subscriber(change.entry, change.before, change.after)
            except Exception:  # a project's callback may raise anything; the commit stands
                logger.exception("A subscriber of %s %r failed.", self._store, change.entry.name)
                continue
            if subscriber.is_async:
                self._waiting.append(result)
                self._worker = self._worker or self._run(self._work())

    def _subscribers_of(self, entry: Entry) -> list[Subscriber]:
        """Those of the entry's mutation; of a transaction, those of each mutation in it."""
        if entry.name != TRANSACTION:
            return self._store.subscribers(entry.name)
        names = dict.fromkeys(call["mutation"] for call in entry.payload["calls"])
        return [subscriber for name in names for subscriber in self._store.subscribers(name)]

    async def _work(self) -> None:
        try:
            while self._waiting:
                try:
                    await self._waiting.popleft()
                except Exception:  # as above
                    logger.exception("An async subscriber of %s failed.", self._store)
        finally:
            self._worker = None
