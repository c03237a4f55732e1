"""A list of the state while a mutation writes to it."""

from collections.abc import Iterable, Iterator, MutableSequence
from copy import deepcopy
from operator import index as as_index
from typing import Any, Self

from liveex_django.exceptions import RevokedDraft
from liveex_django.store.draft_node import DRAFT_TYPES, NOTHING, WRITABLE_TYPES, Draft, Scope, is_revoked
from liveex_django.store.frozen import FROZEN_TYPES, FrozenList, copy_frozen_list


class DraftList(Draft, MutableSequence[Any]):
    """
    Reads and writes like a list, with the whole API of Python's; dicts and lists in it are drafts too.

    It is no subclass of list, because C code (``heapq``, say) writes past the methods of a subclass: copy, change the
    copy, assign it back. Slices, ``copy()``, ``+`` and ``*`` give plain lists that hold the same drafts.

    To know afterwards what happened without comparing everything, it keeps how many items at its beginning (``_head``)
    and at its end (``_tail``) still stand in line with the base. What is between was inserted, deleted or reordered.
    """

    __slots__ = ("_head", "_tail")

    def __init__(self, base: FrozenList[Any], scope: Scope) -> None:
        # Not through super(): a mutation that looks for one row makes a draft of each.
        self._base = self._values = base
        self._scope = scope
        self._touched = NOTHING
        scope.drafts.append(self)
        self._head = self._tail = len(base)

    def _own(self) -> Any:
        values = self._values
        if values is self._base:
            self._values = values = copy_frozen_list(values)
            self._touched = {}
        elif is_revoked(values):
            raise RevokedDraft
        return values

    def _touch(self, index: int) -> None:
        """Note that the item at ``index``, not negative, may differ from what the base has there."""
        if index < self._head:
            self._touched[index] = None
        elif index >= len(self._values) - self._tail:
            self._touched[index - len(self._values) + len(self._base)] = None

    def _shift(self, start: int, stop: int) -> Any:
        """Note that the items from ``start`` to ``stop`` will be replaced by any number of others; gives the copy."""
        own = self._own()
        self._head = min(self._head, start)
        self._tail = min(self._tail, len(own) - stop)
        return own

    def in_line(self) -> tuple[int, int]:
        """How many items at the beginning, and how many at the end, stand in line with the base."""
        return self._head, min(self._tail, len(self._base) - self._head)

    def was_shifted(self) -> bool:
        """Whether anything was inserted, deleted or reordered."""
        size = len(self._base)
        return self._head < size or self._tail < size or len(self._values) != size

    def touched_pairs(self) -> Iterator[tuple[int, int]]:
        """(index in the base, index now) of what was touched where both stand in line."""
        head, tail = self.in_line()
        shift = len(self._values) - len(self._base)
        for index in self._touched:
            if index < head:
                yield index, index
            elif index >= len(self._base) - tail:
                yield index, index + shift

    def indexes_to_settle(self) -> Iterator[int]:
        """Where something else than an item of the base may stand."""
        head, tail = self.in_line()
        yield from (index for _, index in self.touched_pairs())
        yield from range(head, len(self._values) - tail)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self._values)))]
        value = self._values[index]
        if type(value) in FROZEN_TYPES:
            value = self._draft_at(_position(index), value)
        return value

    def _draft_at(self, index: int, value: Any) -> Draft:
        own = self._values
        if own is self._base:
            own = self._own()
        if index < 0:
            index += len(own)
        draft = DRAFT_TYPES[type(value)](value, self._scope)
        _set_item(own, index, draft)
        self._touch(index)
        return draft

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, value)
            return
        own = self._own()
        own[index]  # an IndexError or TypeError as a list gives it
        place = _position(index) % len(own)
        if type(value) not in WRITABLE_TYPES:
            self._refuse_misfit(place, value)
        list.__setitem__(own, place, value)
        self._touch(place)

    def _set_slice(self, index: slice, values: Iterable[Any]) -> None:
        items = list(values)
        own = self._own()
        start, stop, step = index.indices(len(own))
        if step == 1:
            self._shift(start, max(start, stop))
            list.__setitem__(own, index, items)
            return
        list.__setitem__(own, index, items)
        for place in range(start, stop, step):
            self._touch(place)

    def __delitem__(self, index: Any) -> None:
        own = self._own()
        if isinstance(index, slice):
            places = range(*index.indices(len(own)))
            if places:
                self._shift(min(places), max(places) + 1)
        else:
            own[index]  # an IndexError or TypeError as a list gives it
            place = _position(index) % len(own)
            self._shift(place, place + 1)
        list.__delitem__(own, index)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def __iter__(self) -> Iterator[Any]:
        index = 0
        while index < len(self._values):
            value = self._values[index]
            yield self._draft_at(index, value) if type(value) in FROZEN_TYPES else value
            index += 1

    def __reversed__(self) -> Iterator[Any]:
        index = len(self._values) - 1
        while 0 <= index < len(self._values):
            yield self[index]
            index -= 1

    def insert(self, index: Any, value: Any) -> None:
        size = len(self._values)
        place = _position(index)
        place = max(place + size, 0) if place < 0 else min(place, size)
        if type(value) not in WRITABLE_TYPES:
            self._refuse_misfit(place, value)
        list.insert(self._shift(place, place), place, value)

    def append(self, value: Any) -> None:
        self.insert(len(self._values), value)

    def extend(self, values: Iterable[Any]) -> None:
        size = len(self._values)
        # A list that is extended by itself stops where it was; one that is extended by what raises keeps what came.
        list.extend(self._shift(size, size), list(self) if values is self else values)

    def pop(self, index: Any = -1) -> Any:
        if not self._values:
            raise IndexError("pop from empty list")
        value = self[_position(index)]
        del self[index]
        return value

    def remove(self, value: Any) -> None:
        if value not in self._values:
            raise ValueError("list.remove(x): x not in list")
        del self[self.index(value)]

    def clear(self) -> None:
        del self[:]

    def reverse(self) -> None:
        list.reverse(self._shift(0, len(self._values)))

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        items = list(self)
        own = self._shift(0, len(items))
        # As in CPython: empty to who looks while it is sorted, half sorted when that raises.
        list.clear(own)
        try:
            items.sort(key=key, reverse=reverse)
            was_modified = bool(own)
        finally:
            list.__setitem__(own, slice(None), items)
        if was_modified:
            raise ValueError("list modified during sort")

    def index(self, value: Any, *between: int) -> int:
        return self._values.index(value, *between)  # type: ignore[no-any-return]

    def count(self, value: Any) -> int:
        return self._values.count(value)  # type: ignore[no-any-return]

    def copy(self) -> list[Any]:
        return list(self)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, (list, DraftList)):
            return NotImplemented
        return [*self, *other]

    def __radd__(self, other: Any) -> Any:
        if not isinstance(other, list):
            return NotImplemented
        return [*other, *self]

    def __iadd__(self, values: Iterable[Any]) -> Self:  # type: ignore[misc]  # a list takes any iterable here too
        self.extend(values)
        return self

    def __mul__(self, times: Any) -> Any:
        return list(self) * times

    __rmul__ = __mul__

    def __imul__(self, times: Any) -> Self:
        self[:] = list(self) * times
        return self

    def __eq__(self, other: object) -> bool:
        return bool(self._values == _values_of(other))

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> bool:
        return bool(self._values < _values_of(other))

    def __le__(self, other: Any) -> bool:
        return bool(self._values <= _values_of(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self._values > _values_of(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self._values >= _values_of(other))

    def __repr__(self) -> str:
        if is_revoked(self._values):
            return "<list of a mutation that has ended>"
        return list.__repr__(self._values)

    def __copy__(self) -> list[Any]:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        new: list[Any] = []
        memo[id(self)] = new
        for value in self:
            new.append(deepcopy(value, memo))
        return new


_set_item = list.__setitem__


def _position(index: Any) -> int:
    # True is an index of 1 to Python, and must not become a step of a path.
    return int(as_index(index))


def _values_of(other: Any) -> Any:
    return other._values if isinstance(other, DraftList) else other


DRAFT_TYPES[FrozenList] = DraftList
WRITABLE_TYPES.add(DraftList)
