"""
The history of an instance for somebody who reads it: what the log has, then what comes, each entry once and in order.

Where entries are missing, because the log has trimmed or lost them, that is told in their place.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field

from ..exceptions import NewerSchema
from ..store import Entry
from ..store.patches import apply_patches
from .calls import State
from .followed import Change, Committed, Outdated
from .history import Search, entries_upto, is_of
from .hub import Hub
from .instance import Instance
from .log import MutationLog, Position

# The versions whose ids are remembered, to find the place where a history that was lost parts from the one that is there.
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry, and the state that it changed."""

    entry: Entry
    before: State


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Entries from one version to another, both included, that the log no longer keeps."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Lost:
    """
    The log has lost what was told before of the versions behind ``after``, which is 0 when that is everything. What follows
    is of this epoch.
    """

    epoch: str
    after: int


Told = Seen | Trimmed | Lost


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which entries to tell.

    Attributes:
        limit: How many of those that are there already, the newest; None for all.
        since: The version to begin with.
        mutation: The name of one; transactions with it count too.
    """

    limit: int | None = None
    since: int = 1
    mutation: str | None = None

    def has(self, entry: Entry) -> bool:
        return entry.version >= self.since and (self.mutation is None or is_of(entry, self.mutation))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a replica stands: what follows is told from here."""

    position: Position
    state: State


async def recent(log: MutationLog, instance: Instance, wanted: Wanted) -> Sequence[Told] | None:
    """
    What the log has now; None when it does not have the instance.

    Raises:
        UnknownMutation: Neither the store nor any entry has the mutation that is wanted.
    """
    loaded = await log.load(instance)
    if loaded is None:
        return None
    snapshot, entries = loaded
    state, position = snapshot.state, snapshot.position
    for entry in entries:
        state, position = apply_patches(state, entry.patches), Position(entry.epoch, entry.version, entry.id)
    kept = await _kept(log, instance, wanted, position)
    return list(_told(kept, wanted, instance, _Place(position, state)))


async def follow(hub: Hub, instance: Instance, wanted: Wanted) -> AsyncGenerator[Told, None]:
    """
    What the log has, and then without end what comes.

    Raises:
        UnknownMutation: As :func:`recent`.
        NewerSchema: A later release has taken over.
    """
    coming: asyncio.Queue[Committed | Outdated | _Place] = asyncio.Queue()
    followed = await hub.acquire(instance)
    replica = followed.replica

    def note(change: Change) -> None:
        if isinstance(change, Committed | Outdated):
            coming.put_nowait(change)
        else:
            coming.put_nowait(_Place(replica.position, replica.state))

    # From here on nothing is missed: whatever is newer than this place is in the queue.
    place, unsubscribe = _Place(replica.position, replica.state), followed.subscribe(note)
    try:
        kept = await _kept(hub.log, instance, wanted, place.position)
        for told in _told(kept, wanted, instance, place):
            yield told
        past = _Passed(place.position)
        past.add(kept)
        while True:
            match await coming.get():
                case Committed(entry, before):
                    past.add([entry])
                    if wanted.has(entry):
                        yield Seen(entry, before)
                case Outdated(schema=schema):
                    raise NewerSchema(instance.store.name, schema, instance.store.schema)
                case _Place() as place:
                    for told in past.go_on(await entries_upto(hub.log, instance, place.position), place):
                        if not isinstance(told, Seen) or wanted.has(told.entry):
                            yield told
    finally:
        unsubscribe()
        hub.release(followed)


async def _kept(log: MutationLog, instance: Instance, wanted: Wanted, position: Position) -> Sequence[Entry]:
    is_bare = wanted.mutation is None and wanted.since == 1
    return await entries_upto(log, instance, position, wanted.limit if is_bare else None)


def _told(kept: Sequence[Entry], wanted: Wanted, instance: Instance, place: _Place) -> Iterator[Told]:
    """Of the entries that led to a place, those that are wanted."""
    found = Search(mutation=wanted.mutation).run(kept, instance.store)
    chosen = [entry for entry in found if wanted.has(entry)]
    if wanted.limit is not None and len(chosen) >= wanted.limit:
        chosen = chosen[len(chosen) - wanted.limit :]
    elif gone := _gap(kept, place.position, wanted.since):
        yield gone
    versions = {entry.version for entry in chosen}
    yield from (seen for seen in _with_states(kept, place.state) if seen.entry.version in versions)


def _gap(kept: Sequence[Entry], position: Position, first: int) -> Trimmed | None:
    """What is missing between a version that was to come next and the first that is kept."""
    oldest = kept[0].version if kept else position.version + 1
    return Trimmed(first, oldest - 1) if oldest > first else None


def _with_states(entries: Sequence[Entry], state: State) -> list[Seen]:
    """Entries that lead to a state, each with the one before it."""
    found = []
    for entry in reversed(entries):
        state = apply_patches(state, entry.inverse)
        found.append(Seen(entry, state))
    return found[::-1]


@dataclass(slots=True)
class _Passed:
    """What a reader has passed: where it stands, and the ids of the newest versions before."""

    position: Position
    _ids: dict[int, str] = field(default_factory=dict)

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._ids[entry.version] = entry.id
            self.position = Position(entry.epoch, entry.version, entry.id)
        while len(self._ids) > _REMEMBERED:
            del self._ids[next(iter(self._ids))]

    def go_on(self, kept: Sequence[Entry], place: _Place) -> Iterator[Told]:
        """
        The state was loaded afresh: go on with what has led to it.

        Args:
            kept: The entries that led to the place, as far as they are kept.
        """
        start = self._parting(kept, place.position)
        if start is None:
            start = self.position.version
        else:
            yield Lost(place.position.epoch, start)
            self._ids = {version: id for version, id in self._ids.items() if version <= start}
        following = [entry for entry in kept if entry.version > start]
        if gone := _gap(following, place.position, start + 1):
            yield gone
        self.add(following)
        self.position = place.position
        yield from _with_states(following, place.state)

    def _parting(self, kept: Sequence[Entry], position: Position) -> int | None:
        """The last version that is as it was; None when all are."""
        if position.epoch != self.position.epoch:
            return 0
        if self.position.version <= position.version:
            ids = {entry.version: entry.id for entry in kept}
            if ids.get(self.position.version, self.position.id) == self.position.id:
                return None
        same = [entry.version for entry in kept if self._ids.get(entry.version) == entry.id]
        return max(same, default=min(self._ids, default=1) - 1)
