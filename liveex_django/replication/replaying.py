"""
Doing again what was done: a slice of a history, by its patches and by running its mutations.

By patches is what every process did; running the mutations shows what this release would make of the same requests.
Where the two differ, a mutation has changed since, or depends on something besides the state.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from ..exceptions import (
    DamagedPatch,
    InvalidDeclaration,
    MissingMigration,
    NewerSchema,
    ReplayDiffers,
    UnknownMutation,
    format_path,
)
from ..store import Entry, FrozenDict, Store, registered_stores
from ..store.draft import Effects, transition
from ..store.migrations import MIGRATE, Migration
from ..store.names import nearest, shorten
from ..store.patches import apply_patches
from ..store.restoring import REDO, RESET, RESTORE, UNDO
from .calls import TRANSACTION
from .slices import Slice, read_slice

State = FrozenDict[str, Any]

# Places that a difference names; more would be no easier to read.
_MOST_PLACES = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """What running an entry's mutation did, in comparison to its patches."""

    version: int
    name: str
    what: str

    def __str__(self) -> str:
        return f"#{self.version} {self.name}: {self.what}"


@dataclass(frozen=True, slots=True)
class Replay:
    """
    What a replay has shown.

    Attributes:
        state: The last state, by patches.
        differences: Where running the mutations led elsewhere.
        not_run: Versions whose mutation could not be run for want of something that the slice does not hold.
    """

    slice: Slice
    state: State
    differences: Sequence[Difference]
    not_run: Sequence[int]

    def check(self) -> None:
        """
        Raises:
            ReplayDiffers: There are differences.
        """
        if self.differences:
            raise ReplayDiffers(self.slice.store, len(self.slice.entries), [str(one) for one in self.differences])


def replay(path: str | PathLike[str], *, store: Store | None = None) -> Replay:
    """
    Replay an exported slice.

    Args:
        store: Whose mutations to run; None finds it by the name in the slice.

    Raises:
        DamagedEntry: The file holds no slice.
        InvalidDeclaration: No store of that name has been imported.
        DamagedPatch: The patches do not fit the state that the slice begins with.
    """
    cut = read_slice(path)
    replaying = _Replaying(cut, store or _find_store(cut.store))
    differences = [difference for entry in cut.entries for difference in replaying.do(entry)]
    return Replay(cut, replaying.states[-1], tuple(differences), tuple(replaying.not_run))


def _find_store(name: str) -> Store:
    stores = {store.name: store for store in registered_stores()}
    if name not in stores:
        guess = nearest(name, stores)
        raise InvalidDeclaration(
            f"No store has the name {shorten(name)!r}, so there are no mutations to run"
            + (f"; did you mean {guess!r}? " if guess else ". ")
            + "Import the module that declares it, or give it: replay(path, store=store)."
        )
    return stores[name]


class _CannotRun(Exception):
    """What a built-in mutation needs is not in the slice."""


class _Replaying:
    """
    Attributes:
        states: By patches, the first that of the slice.
    """

    def __init__(self, cut: Slice, store: Store) -> None:
        self._slice = cut
        self._store = store
        self.states: list[State] = [cut.state]
        self.not_run: list[int] = []

    def do(self, entry: Entry) -> Iterator[Difference]:
        """Apply an entry, and say how running it differs."""
        before = self.states[-1]
        after = apply_patches(before, entry.patches)
        self.states.append(after)
        try:
            if apply_patches(after, entry.inverse) != before:
                yield Difference(
                    entry.version, entry.name, "its inverse patches do not lead back to the state before it"
                )
        except DamagedPatch as error:
            yield Difference(entry.version, entry.name, f"its inverse patches do not fit the state after it: {error}")
        what = self._compare(entry, before, after)
        if what is not None:
            yield Difference(entry.version, entry.name, what)

    def _compare(self, entry: Entry, before: State, after: State) -> str | None:
        try:
            ran = self._run(entry, before)
        except _CannotRun:
            self.not_run.append(entry.version)
            return None
        except UnknownMutation as error:
            return f"the store has no mutation {error.name!r} any more"
        except Exception as error:
            return f"the mutation raised {type(error).__name__}: {error}"
        differing = transition(after, ran).patches
        if not differing:
            return None
        places = [format_path(path) for _, path, _ in differing[:_MOST_PLACES]]
        more = f" and {len(differing) - _MOST_PLACES} more" if len(differing) > _MOST_PLACES else ""
        return f"running it differs from its patches in {', '.join(places)}{more}"

    def _run(self, entry: Entry, state: State) -> State:
        if entry.name != TRANSACTION:
            return self._run_one(entry, entry.name, entry.payload, state)
        for call in entry.payload["calls"]:
            state = self._run_one(entry, call["mutation"], call["payload"], state)
        return state

    def _run_one(self, entry: Entry, name: str, payload: FrozenDict[str, Any], state: State) -> State:
        if name == MIGRATE:
            return self._migrate(payload, state)
        if name in (UNDO, REDO):
            return self._reverse(entry, state)
        if name == RESET:
            return self._initial_state()
        if name == RESTORE:
            return self._state_at(payload["version"])
        effects: Effects = self._store.find_mutation(name).run(state, payload)
        return effects.state

    def _migrate(self, payload: FrozenDict[str, Any], state: State) -> State:
        if payload["modules"] or payload["new"] != self._store.schema:
            raise _CannotRun
        try:
            steps = self._store.migrations.steps(payload["old"])
        except (MissingMigration, NewerSchema):
            raise _CannotRun from None
        return Migration.make(self._store.name, steps, {}).run(state, payload).state

    def _reverse(self, entry: Entry, state: State) -> State:
        """As an undo or redo does: the inverse of what last happened to the entry that it is about."""
        version = entry.payload["version"]
        about = [
            other
            for other in self._slice.entries
            if other.version < entry.version
            and (other.version == version or (other.name in (UNDO, REDO) and other.payload["version"] == version))
        ]
        if not about or about[0].version != version:
            raise _CannotRun
        return apply_patches(state, about[-1].inverse)

    def _initial_state(self) -> State:
        if callable(self._store.initial):
            raise _CannotRun
        return self._store.check_initial(self._store.initial)

    def _state_at(self, version: int) -> State:
        if version < self._slice.after:
            raise _CannotRun
        return self.states[version - self._slice.after]
