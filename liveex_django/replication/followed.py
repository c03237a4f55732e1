"""An instance that this process follows: its replica, and who here wants to hear of changes."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..store import Entry, FrozenDict
from .instance import Instance
from .log import Snapshot
from .replica import Received, Replica

logger = logging.getLogger("liveex.replication")

# Name of an entry that holds several mutations, all or nothing; they are listed in its payload.
TRANSACTION = "$transaction"


@dataclass(frozen=True, slots=True)
class Committed:
    """An entry was applied. ``before`` and ``after`` are whole, frozen states."""

    entry: Entry
    before: FrozenDict[str, Any]
    after: FrozenDict[str, Any]


@dataclass(frozen=True, slots=True)
class Resynced:
    """The state was loaded afresh; entries in between were not seen here."""

    version: int


Change = Committed | Resynced
Subscriber = Callable[[Change], None]


class Followed:
    """
    One instance in one process. Made, shared and dropped by the hub.

    Attributes:
        holders: How many want it; the hub drops it at zero.
        queue: Held by whoever commits to it, so that commits of one process follow each other.
        is_born: Whether the log has it; a page's instance is written with its first commit.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.holders = 0
        self.queue = asyncio.Lock()
        self.is_born = False
        self.ready: asyncio.Task[None] | None = None
        self._replica: Replica | None = None
        self._subscribers: list[Subscriber] = []
        self._before_loading: list[Entry] = []

    @property
    def replica(self) -> Replica:
        assert self._replica is not None, "read before Hub.acquire() had returned"
        return self._replica

    def load(self, snapshot: Snapshot, entries: Sequence[Entry], *, is_born: bool) -> None:
        """Take what the log has; tells the subscribers when there was another state before."""
        self.is_born = is_born
        if self._replica is None:
            self._replica = Replica(self.instance.store, snapshot, entries)
        else:
            old = self._replica.position
            self._replica.reset(snapshot, entries)
            if self._replica.position != old:
                self._tell(Resynced(self._replica.position.version))
        early, self._before_loading = self._before_loading, []
        for entry in early:
            self.receive(entry)

    def receive(self, entry: Entry) -> Received:
        """Apply an entry, from here or from elsewhere, and tell the subscribers, once per version and in order."""
        if self._replica is None:
            self._before_loading.append(entry)
            return Received.EARLY
        before = self._replica.state
        received, applied = self._replica.receive(entry)
        for step in applied:
            after = self._replica.state if step is applied[-1] else self._replica.state_after(before, step)
            self._tell(Committed(step, before, after))
            before = after
        return received

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` for every change from now on; returns what ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def _tell(self, change: Change) -> None:
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(change)
            except Exception:  # one subscriber's mistake is not the others', nor the commit's
                logger.exception("A subscriber of %s failed; the change stands.", self.instance)
