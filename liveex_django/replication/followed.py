"""An instance that this process follows: its replica, and who here wants to hear of changes."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..exceptions import NewerSchema
from ..store import Entry, FrozenDict
from .instance import Instance
from .log import Snapshot
from .purity import is_checking
from .replica import Received, Replica
from .sizes import StateSize
from .snapshots import SnapshotPlan
from .store_subscribers import StoreSubscribers

if TYPE_CHECKING:
    from .commit_work import Work

logger = logging.getLogger("liveex.replication")


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


@dataclass(frozen=True, slots=True)
class HistoryLost(Resynced):
    """The log no longer has what was shown here, entries that were acknowledged; it goes on from something else."""


@dataclass(frozen=True, slots=True)
class Outdated(Resynced):
    """A later release has changed the instance to a schema that this process does not know; nothing more comes."""

    schema: int


class Phase(Enum):
    """How much this process knows of an instance."""

    LOADING = "loading"
    """Nothing yet."""
    LIVE = "live"
    """All that it was told of, without holes."""
    SUSPECT = "suspect"
    """Something may be missing."""
    RESYNC = "resync"
    """It reads what is missing from the log."""


Change = Committed | Resynced
Subscriber = Callable[[Change], None]


class Followed:
    """
    One instance in one process. Made, shared and dropped by the hub.

    Attributes:
        holders: How many want it; the hub drops it at zero.
        queue: Held by whoever commits to it, so that commits of one process follow each other.
        is_born: Whether the log has it; a page's instance is written with its first commit.
        store_subscribers: What the store declared with ``on``; told by whoever commits.
        size: How big the state is, for whoever makes it grow.
        snapshots: When the log is to be given one, by whoever commits.
        newer_schema: The schema of the later release that has taken over, or None.
        waiting: Commits that are to be made together, by the task ``gathering`` while there is one.
        mending: The task that finds out what is missing, while there is one; ``is_doubted_again`` meanwhile.
    """

    def __init__(self, instance: Instance, store_subscribers: StoreSubscribers) -> None:
        self.instance = instance
        self.store_subscribers = store_subscribers
        self.holders = 0
        self.queue = asyncio.Lock()
        self.is_born = False
        self.size = StateSize(instance)
        self.snapshots = SnapshotPlan()
        self.newer_schema: int | None = None
        self.ready: asyncio.Task[None] | None = None
        self.waiting: list[Work] = []
        self.gathering: asyncio.Task[None] | None = None
        self.mending: asyncio.Task[None] | None = None
        self.is_doubted_again = False
        self._phase = Phase.LOADING
        self._replica: Replica | None = None
        # In the order in which they came; the keys tell two subscriptions of one function apart.
        self._subscribers: dict[object, Subscriber] = {}
        self._before_loading: list[tuple[Entry, str | None]] = []

    def __str__(self) -> str:
        return str(self.instance)

    @property
    def phase(self) -> Phase:
        return self._phase

    @phase.setter
    def phase(self, new: Phase) -> None:
        if new is not self._phase:
            logger.debug("%s is %s, and was %s.", self.instance, new.value, self._phase.value)
            self._phase = new

    @property
    def is_loaded(self) -> bool:
        """Whether there is a replica yet."""
        return self._replica is not None

    @property
    def replica(self) -> Replica:
        assert self._replica is not None, "read before Hub.acquire() had returned"
        return self._replica

    def check_schema(self) -> None:
        """
        Raises:
            NewerSchema: A later release has taken over; what this process knows is no longer the truth.
        """
        if self.newer_schema is not None:
            raise NewerSchema(self.instance.store.name, self.newer_schema, self.instance.store.schema)

    def load(self, snapshot: Snapshot, entries: Sequence[Entry], *, is_born: bool, is_lost: bool = False) -> None:
        """
        Take what the log has; tells the subscribers when there was another state before.

        Args:
            is_lost: The log no longer has what the replica stands at.

        Raises:
            NewerSchema: A later release has written it.
        """
        try:
            self._load(snapshot, entries, is_born=is_born, is_lost=is_lost)
        except NewerSchema as error:
            self._end(error.schema)
            raise
        early, self._before_loading = self._before_loading, []
        for entry, after in early:
            self.receive(entry, after)
        self.phase = Phase.LIVE

    def _load(self, snapshot: Snapshot, entries: Sequence[Entry], *, is_born: bool, is_lost: bool) -> None:
        was_unborn = self._replica is not None and not self.is_born
        self.is_born = is_born
        self.size.forget()
        self.snapshots.begin(snapshot)
        for entry in entries:
            self.snapshots.follow(entry)
        if self._replica is None:
            self._replica = Replica(self.instance.store, snapshot, entries, checks_getters=is_checking())
        else:
            old, old_state = self._replica.position, self._replica.state
            self._replica.reset(snapshot, entries)
            is_own_birth = was_unborn and self._replica.state is old_state
            if self._replica.position != old and not is_own_birth:
                self._tell((HistoryLost if is_lost else Resynced)(self._replica.position.version))

    def receive(self, entry: Entry, after: str | None = None) -> Received:
        """
        Apply an entry, from here or from elsewhere, and tell the subscribers, once per version and in order; ``after`` as
        in :meth:`Replica.receive`.
        """
        if self._replica is None:
            self._before_loading.append((entry, after))
            return Received.EARLY
        before = self._replica.state
        received, applied = self._replica.receive(entry, after)
        for step in applied:
            self.size.follow(step)
            self.snapshots.follow(step)
            state = self._replica.state if step is applied[-1] else self._replica.state_after(before, step)
            self._tell(Committed(step, before, state))
            before = state
        if received is Received.NEWER:
            self._end(entry.schema)
        return received

    def _end(self, schema: int) -> None:
        """A later release goes on with the instance; told once."""
        if self.newer_schema is None and self._replica is not None:
            logger.error(
                "A later release has brought %s to schema %d, which this process does not know: it no longer serves it.",
                self.instance,
                schema,
            )
            self.newer_schema = schema
            self._tell(Outdated(self._replica.position.version, schema))

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` for every change from now on; returns what ends that, from the next call on."""
        key = object()
        self._subscribers[key] = subscriber

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)

        return unsubscribe

    def _tell(self, change: Change) -> None:
        for key, subscriber in tuple(self._subscribers.items()):
            if key not in self._subscribers:
                continue  # ended by one that was told before it
            try:
                subscriber(change)
            except Exception:  # one subscriber's mistake is not the others', nor the commit's
                logger.exception("A subscriber of %s failed; the change stands.", self.instance)
