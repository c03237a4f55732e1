"""
Calling what a store declares with ``@store.on(mutation)``: once per callback and entry, in order, in the process that
committed the entry.
"""

import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from ..store import Entry, FrozenDict, Store
from ..store.plugins import Subscriber
from .calls import mutation_names
from .origin import caused_by

logger = logging.getLogger("liveex.replication")

State = FrozenDict[str, Any]


class StoreSubscribers:
    """
    The callbacks of one followed instance. Plain ones run at once and must be quick; ``async`` ones run one after the
    other in a task that ends when none is left.

    Args:
        start: Starts the task.
    """

    def __init__(self, store: Store, start: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._store = store
        self._start = start
        self._waiting: deque[tuple[Subscriber, Entry, State, State]] = deque()
        self._is_working = False

    def tell(self, entry: Entry, before: State, after: State) -> None:
        """Called by whoever committed ``entry``, once."""
        for subscriber in self._subscribers_of(entry):
            if subscriber.is_async:
                self._waiting.append((subscriber, entry, before, after))
                continue
            try:
                with caused_by(entry.id):
                    subscriber(entry, before, after)
            except Exception:  # a project's callback may raise anything; the commit stands
                logger.exception("A subscriber of %s %r failed.", self._store, entry.name)
        if self._waiting and not self._is_working:
            self._is_working = True
            self._start(self._work())

    def _subscribers_of(self, entry: Entry) -> list[Subscriber]:
        """Those of the entry's mutation; of a transaction, those of each mutation in it."""
        return [subscriber for name in mutation_names(entry) for subscriber in self._store.subscribers(name)]

    async def _work(self) -> None:
        try:
            while self._waiting:
                subscriber, entry, before, after = self._waiting.popleft()
                try:
                    with caused_by(entry.id):
                        await subscriber(entry, before, after)
                except Exception:  # as above
                    logger.exception("An async subscriber of %s failed.", self._store)
        finally:
            self._is_working = False
