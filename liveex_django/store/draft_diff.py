"""
From two states to the patches that lead from one to the other, in both directions.

Where a new value came from a draft of the old one, only the places the draft names are compared. Anywhere else (a list
rebuilt by a comprehension, two rows swapped) the two are compared as they are, the same object being the same value.
Of several steps within one dict or list and one replacement of it, the smaller is kept, each direction for itself.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice, takewhile
from operator import is_
from types import NoneType
from typing import Any

from liveex_django.exceptions import InvalidState
from liveex_django.store.draft_align import align
from liveex_django.store.draft_node import Draft
from liveex_django.store.frozen import FROZEN_TYPES, MAX_DEPTH, FrozenDict, FrozenList, copy_frozen_list
from liveex_django.store.patches import DELETE, INSERT, SET, Patch
from liveex_django.store.scalars import SCALAR_TYPES, Path, is_same, token

# From so many steps on, a change of fields within one container may be recorded as one replacement of it. Fewer are
# kept apart even when a replacement is smaller: an undo must not take back what others did to the fields beside them.
_BULK = 8

# Bytes. Values of this size and more are not weighed against each other to the end.
_HEAVY = 2**20


class Comparison:
    """
    One walk through an old and a new state side by side.

    ``drafts`` has the draft behind a new value, by the value's id. ``is_new`` tells whether a container may still be
    written to: then parts of it that turn out to equal the old ones are replaced by those, so that they stay shared.
    """

    def __init__(self, drafts: dict[int, Draft], is_new: Callable[[object], bool]) -> None:
        self.forward: list[Patch] = []
        self.inverse: list[Patch] = []
        self._drafts = drafts
        self._is_new = is_new

    def compare(self, old: Any, new: Any, there: Path, back: Path) -> Any:
        """
        Record what leads from ``old`` to ``new``; returns ``old`` when nothing does.

        ``there`` is the path to the new value while the forward patches are applied, ``back`` the path to the old one
        while the inverse patches are: in lists that grow or shrink they differ.
        """
        if new is old:
            return old
        kind = type(new)
        if kind not in FROZEN_TYPES or kind is not type(old):
            if is_same(old, new):
                return old
            self._add_forward(SET, there, new)
            self.inverse.append((SET, back, old))
            return new
        marks = len(self.forward), len(self.inverse)
        draft: Any = self._drafts.get(id(new))
        if draft is not None and draft._base is not old:
            draft = None
        compare_parts = self._compare_dicts if kind is FrozenDict else self._compare_lists
        is_bulk = compare_parts(old, new, there, back, draft)
        count = len(self.forward) - marks[0]
        if not count:
            return old
        # The root is never replaced: which of its keys were touched is what getters and subscribers ask for.
        if there and (is_bulk or count >= _BULK):
            _collapse(self.forward, marks[0], there, new)
            _collapse(self.inverse, marks[1], back, old)
        return new

    def _compare_dicts(self, old: Any, new: Any, there: Path, back: Path, draft: Any) -> bool:
        """Record the changes of a dict; whether it was emptied."""
        if draft is not None and not draft._dropped:
            late = list(islice(reversed(new), len(new) - len(old)))[::-1]
        else:
            late = _keys_out_of_line(old, new)
        late_keys = frozenset(late)
        lost = []
        for key in old if draft is None else draft._touched:
            if key in late_keys or key not in new:
                if key in old:
                    lost.append(key)
            elif new[key] is not old[key]:
                path = (*there, key)
                kept = self.compare(old[key], new[key], path, path if there is back else (*back, key))
                if kept is not new[key] and self._is_new(new):
                    dict.__setitem__(new, key, kept)
        for key in lost:
            self._add_forward(DELETE, (*there, key), None)
        for key in late:
            self._add_forward(SET, (*there, key), new[key])
        for key in reversed(late):
            self.inverse.append((DELETE, (*back, key), None))
        if lost:
            self._put_back(old, lost, len(new) - len(late), back)
        return not new

    def _put_back(self, old: Any, lost: list[Any], size: int, back: Path) -> None:
        """Inverse patches that bring ``lost`` keys back to where they stood, into a dict that has ``size`` others."""
        places = {key: place for place, key in enumerate(old)}
        for key in sorted(lost, key=places.__getitem__):
            if places[key] == size:
                self.inverse.append((SET, (*back, key), old[key]))
            else:
                self.inverse.append((INSERT, (*back, key), copy_frozen_list((places[key], old[key]))))
            size += 1

    def _compare_lists(self, old: Any, new: Any, there: Path, back: Path, draft: Any) -> bool:
        """Record the changes of a list; whether more than one item was inserted, deleted or moved."""
        head, tail = (0, 0) if draft is None else draft.in_line()
        pairs = [] if draft is None else list(draft.touched_pairs())
        window_old, window_new = old[head : len(old) - tail], new[head : len(new) - tail]
        same = _common_beginning(window_old, window_new)
        window_old, window_new, head = window_old[same:], window_new[same:], head + same
        same = _common_beginning(reversed(window_old), reversed(window_new))
        window_old, window_new = window_old[: len(window_old) - same], window_new[: len(window_new) - same]
        lost: list[int] = []
        gained: list[int] = []
        if window_old or window_new:
            matched, lost, gained = align(self._tokens(window_old), self._tokens(window_new))
            for index in reversed(lost):
                self._add_forward(DELETE, (*there, head + index), None)
            for index in gained:
                self._add_forward(INSERT, (*there, head + index), window_new[index])
            for index in reversed(gained):
                self.inverse.append((DELETE, (*back, head + index), None))
            for index in lost:
                self.inverse.append((INSERT, (*back, head + index), window_old[index]))
            pairs += [(head + i, head + j) for i, j in matched]
        for i, j in pairs:
            if new[j] is not old[i]:
                path = (*there, j)
                kept = self.compare(old[i], new[j], path, path if there is back and i == j else (*back, i))
                if kept is not new[j] and self._is_new(new):
                    list.__setitem__(new, j, kept)
        return len(lost) + len(gained) > 1

    def _add_forward(self, op: str, path: Path, value: Any) -> None:
        if type(value) in FROZEN_TYPES:
            _refuse_depth(path, value)
        self.forward.append((op, path, value))

    def _tokens(self, values: Iterable[Any]) -> list[Any]:
        """For each item something hashable that is equal for items which are the same row, perhaps changed."""
        tokens: list[Any] = []
        for value in values:
            if type(value) in FROZEN_TYPES:
                draft = self._drafts.get(id(value))
                tokens.append(id(value if draft is None else draft._base))
            else:
                tokens.append(token(value))
        return tokens


def _common_beginning(old: Iterable[Any], new: Iterable[Any]) -> int:
    """How many items at the beginning are the same objects."""
    return len(list(takewhile(bool, map(is_, old, new))))


def _keys_out_of_line(old: Any, new: Any) -> list[Any]:
    """The keys of ``new`` from the first one on that is not in ``old``, or not after the one before it."""
    remaining = iter(old)
    for place, key in enumerate(new):
        if key not in old or not any(other == key for other in remaining):
            return list(islice(new, place, None))
    return []


def _collapse(patches: list[Patch], start: int, path: Path, value: Any) -> None:
    """Put one replacement by ``value`` in the place of all patches from ``start`` on, when it is smaller."""
    steps = patches[start:]
    weight = sum(_weigh_patch(step_path, step_value) for _, step_path, step_value in steps)
    if len(steps) > 1 and _weigh_patch(path, value, weight) < weight:
        patches[start:] = [(SET, path, value)]


def _weigh_patch(path: Path, value: Any, limit: int = _HEAVY) -> int:
    """About how many bytes a patch has when encoded: 5 for itself, its path, its value."""
    weight = 5
    for step in path:
        weight += len(step) + 1 if isinstance(step, str) else 3
    return weight + (_WEIGHTS.get(type(value)) or _weigh(value, limit))


def _weigh(value: Any, limit: int) -> int:
    """About how many bytes ``value`` has when encoded; any number from ``limit`` on means: at least that."""
    weight = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        kind = type(item)
        weight += 1
        if kind is str:
            weight += len(item)
        elif kind is FrozenDict or kind is FrozenList:
            if weight + len(item) >= limit:
                return limit
            waiting.extend(item)
            if kind is FrozenDict:
                waiting.extend(item.values())
        else:
            weight += _WEIGHTS[kind] - 1
    return weight


_WEIGHTS: Mapping[type, int] = dict.fromkeys(SCALAR_TYPES - {str}, 9) | {int: 4, bool: 1, NoneType: 1}


def _refuse_depth(path: Path, value: Any) -> None:
    """InvalidState when ``value``, a dict or list at ``path``, reaches deeper than state may."""
    level = [value]
    depth = len(path)
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise InvalidState(path, f"is nested deeper than {MAX_DEPTH} levels")
        parts = (part for item in level for part in (item.values() if type(item) is FrozenDict else item))
        # By id: the same list may stand in two places on each of many levels.
        level = list({id(part): part for part in parts if type(part) in FROZEN_TYPES}.values())
