"""
One process's copy of an instance: follows the log by applying entries in order, each once.

Pure: no I/O, no clock, no event loop. The hub feeds it what the channel layer and the log bring.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from ..exceptions import DamagedPatch, LogConflict, NewerSchema
from ..store import Entry, FrozenDict, Getters, Store
from ..store.getters import GetterCache
from ..store.patches import apply_patches
from .log import Position, Snapshot

# Early entries held back while a hole is filled; with more than these, loading afresh is cheaper.
_MOST_EARLY = 1000


class Received(Enum):
    """What became of an entry that a replica received."""

    APPLIED = "applied"
    REPEATED = "repeated"
    EARLY = "early"
    """Versions before it are missing; it is held back until they come."""
    FOREIGN = "foreign"
    """It belongs to another history than this replica's: load afresh."""
    NEWER = "newer"
    """A later release wrote it, in a shape that this one does not know; this replica stays behind."""


class Replica:
    """
    State, position and getters of one instance.

    Not thread-safe: it belongs to the hub's event loop. States it hands out are frozen and may go anywhere.
    """

    def __init__(
        self,
        store: Store,
        snapshot: Snapshot,
        entries: Iterable[Entry] = (),
        *,
        # Run each getter twice, and name one that gives something else for the same state.
        checks_getters: bool = False,
    ) -> None:
        self.store = store
        self._getter_cache = GetterCache(store.getters, store.name, checks=checks_getters)
        # A state with its getters; the last one for which somebody asked.
        self._bound = snapshot.state, self.getters_of(snapshot.state)
        # By version: the entry, and the id of the one before it when that was told.
        self._early: dict[int, tuple[Entry, str | None]] = {}
        self.reset(snapshot, entries)

    def reset(self, snapshot: Snapshot, entries: Iterable[Entry] = ()) -> None:
        """
        Begin again from a snapshot and the entries after it; entries held back are looked at again.

        Raises:
            NewerSchema: A later release has written them.
        """
        entries = tuple(entries)
        newest = max([snapshot.schema, *(entry.schema for entry in entries)])
        if newest > self.store.schema:
            raise NewerSchema(self.store.name, newest, self.store.schema)
        early, self._early = self._early, {}
        self.state: FrozenDict[str, Any] = snapshot.state
        self.position: Position = snapshot.position
        # Of the state; a migration leads from an earlier one to the store's own.
        self.schema = snapshot.schema
        for entry in entries:
            if self.receive(entry)[0] is not Received.APPLIED:
                raise LogConflict(
                    f"The log of store {self.store.name!r} gave entry {entry.version} of epoch {entry.epoch} after "
                    f"{self.position}; its entries do not follow each other."
                )
        for version in sorted(early):
            self.receive(*early[version])

    @property
    def getters(self) -> Getters:
        """The getters over the present state, memoised from one state to the next; the same object while it is."""
        state, getters = self._bound
        if state is not self.state:
            state, getters = self._bound = self.state, self.getters_of(self.state)
        return getters

    def getters_of(self, state: FrozenDict[str, Any]) -> Getters:
        """The getters over another state of the instance, with the same memory."""
        return self._getter_cache.bind(state)

    @property
    def has_hole(self) -> bool:
        """Whether an early entry waits for others to come before it."""
        return bool(self._early)

    def receive(self, entry: Entry, after: str | None = None) -> tuple[Received, Sequence[Entry]]:
        """
        Take an entry; returns what became of it, and the entries applied now, in order (early ones may follow it).

        Args:
            after: The id of the entry before it, when somebody told it; None when it was read behind this position. After
                a failover to a copy that lacked the newest entries, others stand at versions that this replica has.

        Raises:
            DamagedPatch: The entry does not fit the state; nothing was applied.
        """
        if entry.epoch != self.position.epoch:
            return Received.FOREIGN, ()
        if entry.version <= self.position.version:
            is_fork = entry.version == self.position.version and entry.id != self.position.id
            return (Received.FOREIGN if is_fork else Received.REPEATED), ()
        if entry.version > self.position.version + 1:
            if len(self._early) >= _MOST_EARLY:
                return Received.FOREIGN, ()
            self._early[entry.version] = entry, after
            return Received.EARLY, ()
        if (refusal := self._refusal(entry, after)) is not None:
            return refusal, ()
        self._apply(entry)
        applied = [entry]
        while (held := self._early.pop(self.position.version + 1, None)) is not None:
            if (refusal := self._refusal(*held)) is not None:
                return (refusal if refusal is Received.NEWER else Received.APPLIED), applied
            try:
                self._apply(held[0])
            except DamagedPatch:
                break  # the log has it too, and whoever reads it there is told
            applied.append(held[0])
        return Received.APPLIED, applied

    def _refusal(self, entry: Entry, after: str | None) -> Received | None:
        """Why an entry of the next version cannot be applied."""
        if after is not None and after != self.position.id:
            return Received.FOREIGN
        return Received.NEWER if entry.schema > self.store.schema else None

    @staticmethod
    def state_after(before: FrozenDict[str, Any], entry: Entry) -> FrozenDict[str, Any]:
        """The state that an entry makes of the one before it."""
        return apply_patches(before, entry.patches)

    def _apply(self, entry: Entry) -> None:
        self.state = self.state_after(self.state, entry)
        self.position = Position(entry.epoch, entry.version, entry.id)
        self.schema = entry.schema
