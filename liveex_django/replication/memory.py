"""A mutation log in this process's memory: for one process, for tests, for the first evening."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Any
from uuid import uuid4

from ..store import Entry, FrozenDict
from .instance import Instance
from .log import Appended, AppendOutcome, Behind, Elsewhere, MutationLog, Position, Repeated, Snapshot
from .memory_claims import MemoryClaims

# Entries kept per instance, at least; the same figure as every log promises (docs/guarantees.md).
KEPT_ENTRIES = 1000
# Page instances that nobody touched for a day belong to tabs that are gone (s).
_PAGE_IDLE = 86_400.0


@dataclass(slots=True)
class _History:
    """``base`` is the position just before the first entry that is kept."""

    base: Position
    snapshot: Snapshot
    entries: list[Entry] = field(default_factory=list)
    by_id: dict[str, Entry] = field(default_factory=dict)
    touched: float = field(default_factory=lambda: monotonic())

    @property
    def head(self) -> Position:
        return self._position(len(self.entries))

    def after(self, position: Position) -> tuple[Entry, ...] | None:
        """The entries behind ``position``, or None when this history does not contain it."""
        index = position.version - self.base.version
        if 0 <= index <= len(self.entries) and position == self._position(index):
            return tuple(self.entries[index:])
        return None

    def _position(self, index: int) -> Position:
        if index == 0:
            return self.base
        entry = self.entries[index - 1]
        return Position(self.base.epoch, entry.version, entry.id)

    def trim(self) -> None:
        """Forget entries that the snapshot covers, but keep the newest ``KEPT_ENTRIES``."""
        covered = self.snapshot.position.version - self.base.version
        spare = min(covered, len(self.entries) - KEPT_ENTRIES)
        if spare > 0:
            self.base = self._position(spare)
            for entry in self.entries[:spare]:
                del self.by_id[entry.id]
            del self.entries[:spare]


class MemoryMutationLog(MutationLog):
    """
    Keeps every history in a dict, behind a lock, so that threads and event loops of this process can share it.
    """

    shared = False
    claims: MemoryClaims

    def __init__(self) -> None:
        self.claims = MemoryClaims()
        self._lock = threading.Lock()
        self._histories: dict[str, _History] = {}
        # Least recently used first, so that forgetting looks at one end only.
        self._pages: OrderedDict[str, _History] = OrderedDict()

    async def load(self, instance: Instance) -> tuple[Snapshot, Sequence[Entry]] | None:
        with self._lock:
            history = self._find(instance)
            return self._loaded(history) if history else None

    async def create(self, instance: Instance, state: FrozenDict[str, Any]) -> tuple[Snapshot, Sequence[Entry]]:
        with self._lock:
            history = self._find(instance)
            if history is None:
                self._forget_idle_pages()
                position = Position(uuid4().hex, 0, "")
                history = _History(position, Snapshot(position, state, instance.store.schema))
                self._shelf(instance)[instance.digest] = history
            return self._loaded(history)

    async def append(self, instance: Instance, after: Position, entry: Entry, *more: Entry) -> AppendOutcome:
        with self._lock:
            history = self._find(instance)
            if history is None or history.base.epoch != after.epoch:
                return Elsewhere()
            for asked in (entry, *more):
                if repeated := history.by_id.get(asked.id):
                    return Repeated(repeated)
            if after != history.head:
                missing = history.after(after)
                return Elsewhere() if missing is None else Behind(missing)
            for asked in (entry, *more):
                history.entries.append(asked)
                history.by_id[asked.id] = asked
            return Appended()

    async def read(self, instance: Instance, after: Position) -> Sequence[Entry] | None:
        with self._lock:
            history = self._find(instance)
            return history.after(after) if history else None

    async def find(self, instance: Instance, ids: Sequence[str]) -> int | None:
        with self._lock:
            history = self._find(instance)
            by_id = history.by_id if history else {}
            return next((by_id[id].version for id in ids if id in by_id), None)

    async def contains(self, instance: Instance, position: Position) -> bool | None:
        with self._lock:
            history = self._find(instance)
            if history is None or history.base.epoch != position.epoch:
                return False
            if 0 < position.version < history.base.version:
                return None
            return position.version == 0 or history.after(position) is not None

    async def heads(self, instances: Sequence[Instance]) -> Sequence[Position | None]:
        with self._lock:
            histories = [self._find(instance) for instance in instances]
            return [history.head if history else None for history in histories]

    async def history(self, instance: Instance, limit: int) -> Sequence[Entry]:
        with self._lock:
            history = self._find(instance)
            return tuple(history.entries[-limit:]) if history and limit > 0 else ()

    async def save_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        with self._lock:
            history = self._find(instance)
            if history is None or history.after(snapshot.position) is None:
                return
            if snapshot.position.version > history.snapshot.position.version:
                history.snapshot = snapshot
                history.trim()

    def clear(self) -> None:
        """Forget everything, as a stopped process does. For tests."""
        with self._lock:
            self._histories.clear()
            self._pages.clear()
        self.claims.clear()

    def _shelf(self, instance: Instance) -> dict[str, _History]:
        return self._pages if instance.store.scope == "page" else self._histories

    def _find(self, instance: Instance) -> _History | None:
        history = self._shelf(instance).get(instance.digest)
        if history is not None and instance.store.scope == "page":
            history.touched = monotonic()
            self._pages.move_to_end(instance.digest)
        return history

    @staticmethod
    def _loaded(history: _History) -> tuple[Snapshot, Sequence[Entry]]:
        return history.snapshot, history.after(history.snapshot.position) or ()

    def _forget_idle_pages(self) -> None:
        """Drop at most two idle pages; called when a history is added, so the cost is spread and never a sweep."""
        oldest = monotonic() - _PAGE_IDLE
        for digest, history in tuple(islice(self._pages.items(), 2)):
            if history.touched < oldest:
                del self._pages[digest]
