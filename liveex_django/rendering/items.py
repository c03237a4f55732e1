"""The items of a loop, and which of them a loop has shown before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import is_, is_not
from typing import Any, NamedTuple

from liveex_django.store import FrozenList

from .bindings import is_known


class Matched(NamedTuple):
    """
    Attributes:
        sources: For each new item the number of the old one whose row it takes over, or None.
        differing: The numbers of those new items that are not the old item of their row.
        is_in_place: There are as many rows, and each stays where it is.
    """

    sources: list[int | None]
    differing: set[int]
    is_in_place: bool


def comparable(values: Any) -> Sequence[Any]:
    """
    The values of a loop to compare with others, in their order. What may change without becoming another object is
    represented by something that is the same as nothing.
    """
    if type(values) is FrozenList:
        return values
    return [value if _is_known(value) else object() for value in values]


def _is_known(value: Any) -> bool:
    return is_known(value) or (type(value) is tuple and all(map(is_known, value)))


def match_items(old: Sequence[Any], new: Sequence[Any]) -> Matched:
    """
    Which old item each new one is.

    Equal ones are matched wherever they are; what is left on both sides is paired in order, so that an item that was
    replaced is found in the row of the one before. Takes time in proportion to the number of items.
    """
    if len(old) == len(new):
        # Most often a few items are replaced where they stand.
        differing = list(compress(range(len(new)), map(is_not, old, new)))
        places = list(differing)
        sources: list[int | None] = list(range(len(new)))
    else:
        head = _common(old, new)
        tail = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - head)
        differing = list(range(head, len(new) - tail))
        places = list(range(head, len(old) - tail))
        sources = [*range(head), *differing, *range(len(old) - tail, len(old))]
    found: dict[object, list[int]] = {}
    for place in reversed(places):
        found.setdefault(_key(old[place]), []).append(place)
    left = []
    for number in differing:
        where = found.get(_key(new[number]))
        if where:
            sources[number] = where.pop()
        else:
            left.append(number)
    spare = iter(sorted(place for where in found.values() for place in where))
    for number in left:
        sources[number] = next(spare, None)
    is_in_place = len(old) == len(new) and all(sources[number] == number for number in differing)
    return Matched(sources, set(left), is_in_place)


def _common(old: Sequence[Any], new: Sequence[Any]) -> int:
    """With how many items both begin that are the same objects."""
    same = list(map(is_, old, new))
    return same.index(False) if False in same else len(same)


def _key(item: Any) -> object:
    """Equal for items that are the same, as in :func:`.bindings.is_same`, while both are alive."""
    kind = type(item)
    if kind in (str, int):
        return kind, item
    return tuple(map(_key, item)) if kind is tuple else id(item)
