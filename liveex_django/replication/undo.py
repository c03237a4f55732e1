"""
Undo and redo: a new entry with the inverse patches of an earlier one.

It is refused when that would change more than the earlier entry did, because later entries have changed the same.
Entries that have been undone themselves, and their undos, do not count: taken together they did nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..exceptions import UndoRefused
from ..store import Entry
from ..store.migrations import MIGRATE
from ..store.patches import Patch, apply_patches
from ..store.restoring import REDO, UNDO
from .calls import State
from .followed import Followed
from .history import past_of
from .log import MutationLog
from .touching import Touches, regions

# Entries that cannot be undone: what is older than them is of another shape.
_FINAL = frozenset({MIGRATE})


@dataclass(frozen=True, slots=True)
class Reversed:
    """
    What an undo or redo does. ``version`` is the entry that it is about, whichever of its undos was named, and ``name``
    is ``$redo`` for the undo of an undo.
    """

    name: str
    version: int
    patches: tuple[Patch, ...]
    inverse: tuple[Patch, ...]


async def reverse(log: MutationLog, followed: Followed, kind: str, version: int) -> Reversed:
    """
    What ``$undo`` or ``$redo`` of ``version`` does now. The version of an undo stands for what it undid.

    Raises:
        VersionGone: There is no such entry, or it is no longer kept.
        UndoRefused: It is undone (or in force) already, cannot be undone, or later entries changed the same.
    """
    if version == 0:
        raise UndoRefused("Version 0 is the initial state: nothing was done there, so nothing can be undone.")
    past = await past_of(log, followed)
    named = past.starting_with(version)[0]
    first, *later = past.starting_with(_root(named))
    toggles = [entry for entry in later if _root(entry) == first.version]
    is_wanted = kind == REDO or named.name == UNDO
    _check_direction(first, toggles, is_wanted=is_wanted)
    newest = toggles[-1] if toggles else first
    _check_conflicts(newest, [entry for entry in later if entry.version > newest.version], followed.replica.state)
    return Reversed(REDO if is_wanted else UNDO, first.version, newest.inverse, newest.patches)


def _root(entry: Entry) -> int:
    """The version that an undo or redo is about; of every other entry, its own."""
    return entry.payload["version"] if entry.name in (UNDO, REDO) else entry.version


def _check_direction(first: Entry, toggles: Sequence[Entry], *, is_wanted: bool) -> None:
    """Refuse to undo what is undone, and to redo what is in force."""
    version = first.version
    if first.name in _FINAL:
        raise UndoRefused(f"Version {version} is a {first.name}: states before it are of another shape, so it stays.")
    is_in_force = not toggles or toggles[-1].name == REDO
    if is_wanted and is_in_force:
        since = f"it was redone by version {toggles[-1].version}" if toggles else "it was never undone"
        raise UndoRefused(f"Version {version} ({first.name}) cannot be redone: {since}.")
    if not is_wanted and not is_in_force:
        raise UndoRefused(f"Version {version} ({first.name}) is undone already, by version {toggles[-1].version}.")


def _check_conflicts(reversed_entry: Entry, later: Sequence[Entry], head: State) -> None:
    before = _states_before(later, head)
    after_it = before[later[0].version] if later else head
    conflicts = _conflicts(regions(reversed_entry.inverse, after_it), later, before)
    if conflicts:
        listed = ", ".join(f"{entry.version} ({_describe(entry)})" for entry in conflicts)
        raise UndoRefused(
            f"Version {_root(reversed_entry)} cannot be {'redone' if reversed_entry.name == UNDO else 'undone'}, because "
            f"later entries changed the same: {listed}. Undo those first.",
            conflicts,
        )


def _states_before(entries: Sequence[Entry], head: State) -> dict[int, State]:
    """The state before each of the newest entries, by version."""
    states = {}
    for entry in reversed(entries):
        states[entry.version] = head = apply_patches(head, entry.inverse)
    return states


def _conflicts(reached: Touches, later: Sequence[Entry], before: dict[int, State]) -> list[Entry]:
    """The later entries that changed something in ``reached``, or moved it about in a list, and were not undone."""
    by_root: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in later:
        by_root[_root(entry)].append(entry)
    # An entry and its undo, or an undo and its redo of something older, are nothing together.
    neutral = [group for group in by_root.values() if len(group) % 2 == 0]
    passing = {entry.version for group in neutral for entry in group}
    standing = [entry for entry in later if entry.version not in passing]
    found = {entry.version: entry for entry in standing if reached.meet(entry.patches, before[entry.version])}
    for group in neutral:
        # What it moved about in a list, it moved back. Who wrote to that list in between meant other places.
        moved = reached.lists_moved(group[0].patches, before[group[0].version])
        for entry in standing:
            if group[0].version < entry.version < group[-1].version and moved.meet(
                entry.patches, before[entry.version]
            ):
                found[entry.version] = entry
    return [found[version] for version in sorted(found)]


def _describe(entry: Entry) -> str:
    return f"{entry.name} by {entry.actor}" if entry.actor else entry.name
