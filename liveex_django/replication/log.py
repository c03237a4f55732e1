"""
The mutation log: what was committed, in order, once. Everything else follows it.

A log keeps, for every instance, an **epoch** (a random name for one unbroken history), the newest snapshot and the
entries since. It does not run mutations: it is asked to append *effects*, and it either does so at exactly the
position that was expected or says what it has instead.

Every implementation passes ``tests/replication/log_conformance.py``.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..store import Entry, FrozenDict
from .claims import Claims
from .instance import Instance


@dataclass(frozen=True, slots=True)
class Position:
    """
    A place in a history: its epoch, the version, and the id of the entry at that version.

    Two replicas at equal positions hold equal state. All three are compared: an emptied log has another epoch, and a
    fork after a failover has the same epoch and version but another id. Version 0 has the id ``""``.
    """

    epoch: str
    version: int
    id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state at a position, and the schema of the release that wrote it."""

    position: Position
    state: FrozenDict[str, Any]
    schema: int


@dataclass(frozen=True, slots=True)
class Appended:
    """The entries are in the log, at exactly the versions they asked for."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """An entry with the id of one of them was appended before; here it is. Nothing was written."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody else was first; these entries follow the position that was given. Nothing was written."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The log does not contain the position that was given, or no longer: load again. Nothing was written."""


AppendOutcome = Appended | Repeated | Behind | Elsewhere


class MutationLog(ABC):
    """
    Where committed mutations are kept. All methods are safe to call at once from several tasks and threads.
    """

    #: Whether other processes can read and write this log.
    shared: bool

    #: The same in all processes that share this log, and another in those of other projects on the same server.
    namespace: str = ""

    #: What became of the events that made entries, for the same processes as the log.
    claims: Claims

    @abstractmethod
    async def load(self, instance: Instance) -> tuple[Snapshot, Sequence[Entry]] | None:
        """The newest snapshot and the entries after it; None when the instance is not in the log."""

    @abstractmethod
    async def create(self, instance: Instance, state: FrozenDict[str, Any]) -> tuple[Snapshot, Sequence[Entry]]:
        """
        Begin a history with ``state`` as version 0, unless there is one.

        The first writer wins; everyone gets what is there afterwards, as from :meth:`load`.
        """

    @abstractmethod
    async def append(self, instance: Instance, after: Position, entry: Entry, *more: Entry) -> AppendOutcome:
        """
        Put ``entry``, of version ``after.version + 1``, behind ``after``, and ``more`` behind that; all or nothing.

        Ids are looked at first: one that is in the log gives ``Repeated`` wherever it stands. Each is given once.
        """

    @abstractmethod
    async def read(self, instance: Instance, after: Position) -> Sequence[Entry] | None:
        """The entries behind a position, in order; None when the log does not contain it (load again)."""

    @abstractmethod
    async def find(self, instance: Instance, ids: Sequence[str]) -> int | None:
        """The version of the first of these ids that is known; None when none of them is."""

    @abstractmethod
    async def contains(self, instance: Instance, position: Position) -> bool | None:
        """Whether a position is one of this history, trimmed or not; None when that is too long ago to tell."""

    @abstractmethod
    async def heads(self, instances: Sequence[Instance]) -> Sequence[Position | None]:
        """The newest positions, in one round trip; None for an instance that is not in the log."""

    @abstractmethod
    async def history(self, instance: Instance, limit: int) -> Sequence[Entry]:
        """The newest ``limit`` entries that are still kept, oldest first."""

    @abstractmethod
    async def save_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        """Keep a snapshot, when it is newer than the present one and of the same epoch. May trim entries."""
