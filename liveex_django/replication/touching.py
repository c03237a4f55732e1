"""
Which places of a state patches change, and whether other patches meet them.

Two changes meet when the path of one leads to the place of the other or through it. An item of a list that is inserted
or deleted moves those behind it, so it meets every place in that list.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ..store.patches import DELETE, INSERT, Patch, apply_patches
from ..store.scalars import Path
from .calls import State


class Touches:
    """Places of one state, by their paths."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = frozenset(paths)

    def meet(self, patches: Iterable[Patch], before: State) -> bool:
        """Whether ``patches``, made for the state ``before``, change one of the places, what is in it or around it."""
        return any(
            _is_prefix(path, place) or _is_prefix(place, path) or (moved is not None and _is_prefix(moved, place))
            for path, moved in _steps(patches, before)
            for place in self._paths
        )

    def lists_moved(self, patches: Iterable[Patch], before: State) -> "Touches":
        """The lists on the way to the places in which ``patches`` insert or delete items."""
        moved = {moved for _, moved in _steps(patches, before) if moved is not None}
        return Touches(place for place in moved if any(_is_prefix(place, path) for path in self._paths))


def regions(patches: Iterable[Patch], before: State) -> Touches:
    """
    The places that ``patches`` change.

    Their paths are meant for the states in between, each. Where a list was moved about more than once, that says little
    of the state before, so it counts as changed as a whole.
    """
    steps = list(_steps(patches, before))
    moved = {place for _, place in steps if place is not None}
    visits = Counter(place for path, _ in steps for place in moved if _is_prefix(place, path))
    return Touches([path for path, _ in steps] + [place for place in moved if visits[place] > 1])


def _steps(patches: Iterable[Patch], state: State) -> Iterator[tuple[Path, Path | None]]:
    """Of each patch its path, and the path of the list in which it moves items; None when it moves none."""
    for patch in patches:
        op, path, _ = patch
        moves = op in (INSERT, DELETE) and isinstance(_at(state, path[:-1]), list)
        yield path, path[:-1] if moves else None
        state = apply_patches(state, [patch])


def _at(state: Any, path: Path) -> Any:
    for step in path:
        state = state[step]
    return state


def _is_prefix(path: Path, other: Path) -> bool:
    return other[: len(path)] == path
