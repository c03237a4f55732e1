"""
A value built of the parts of an earlier one that are the same, so that who asks ``is`` sees what has changed.

A getter that filters a list makes a new list at every run, and one that makes rows makes new rows. What is the same as
in its last result is replaced by the very object of that, at every depth; the value stays the same tree.

Dicts are compared by key. Lists are compared from both ends; between those, items that both have are found by identity
(rows of the state), then freshly made containers by what they encode to, wherever they stand. What is left are items
that have changed: each is compared with the one that stood beside the same neighbour. All of it is done once for each
item, so the time grows with the size of the value, and not with its square.
"""

from operator import is_
from typing import Any

import msgspec

from liveex_django.store.frozen import FROZEN_TYPES, FrozenDict, FrozenList, copy_frozen_dict, copy_frozen_list, freeze
from liveex_django.store.sameness import is_same_tree
from liveex_django.store.scalars import is_same

__all__ = ["share"]

_ENCODER = msgspec.msgpack.Encoder()


def share(old: Any, new: Any) -> Any:
    """
    ``new`` frozen, and made of parts of ``old``, a frozen value, wherever they are the same; ``old`` itself if all is.

    Raises:
        InvalidState: Something in ``new`` cannot be stored.
    """
    if type(old) is FrozenList and isinstance(new, list):
        # Before freezing, because what is at the ends of the old list is frozen already.
        return _share_list(old, new)
    return _share(old, freeze(new))


def _share(old: Any, new: Any) -> Any:
    if old is new or type(old) is not type(new):
        return new
    if type(new) is FrozenDict:
        return _share_dict(old, new)
    if type(new) is FrozenList:
        return _share_list(old, new)
    return old if is_same(old, new) else new


def _share_dict(old: FrozenDict[Any, Any], new: FrozenDict[Any, Any]) -> FrozenDict[Any, Any]:
    is_old = len(old) == len(new)
    replaced: dict[Any, Any] = {}
    for key, item in new.items():
        last = old.get(key)
        if last is item:
            continue
        shared = _share(last, item)
        if shared is not item:
            replaced[key] = shared
        if shared is not last:
            is_old = False
    if is_old and [*old] == [*new]:
        return old
    return copy_frozen_dict({**new, **replaced}) if replaced else new


def _share_list(old: FrozenList[Any], new: list[Any]) -> FrozenList[Any]:
    """``new`` need not be frozen, and what stands at its place in ``old`` too is not frozen again."""
    items = list(list.__iter__(new))
    head, tail = _same_ends(old, items)
    if head == len(old) == len(items):
        return old
    old_middle, new_middle = old[head : len(old) - tail], items[head : len(items) - tail]
    if len(old_middle) == len(new_middle):
        new_middle = list(map(_same_or_new, old_middle, new_middle))
    middle = _share_middle(old_middle, freeze(new_middle))
    items = [*old[:head], *middle, *old[len(old) - tail :]]
    return new if type(new) is FrozenList and all(map(is_, items, new)) else copy_frozen_list(items)


def _same_or_new(old: Any, new: Any) -> Any:
    # What is frozen may be an object of the state, which is found by identity, and sooner.
    return old if type(new) not in FROZEN_TYPES and is_same_tree(old, new) else new


def _same_ends(old: list[Any], new: list[Any]) -> tuple[int, int]:
    """How many items are the same from the front, and how many of the others from the back."""
    head = _count_same(old, new)
    most = min(len(old), len(new)) - head
    return head, min(most, _count_same(old[::-1], new[::-1])) if most else 0


def _count_same(old: list[Any], new: list[Any]) -> int:
    # Most items are the same objects, up to the first that is another one.
    same = list(map(is_, old, new))
    count = same.index(False) if False in same else len(same)
    while count < len(same) and (same[count] or is_same_tree(old[count], new[count])):
        count += 1
    return count


def _share_middle(old: list[Any], new: FrozenList[Any]) -> list[Any]:
    """The items of ``new``, each made of parts of the item of ``old`` that it was, wherever that stood."""
    places = {id(item): i for i, item in enumerate(old)}
    origins = [places.get(id(item)) for item in new]
    if None not in origins:
        return new
    kept = set(map(id, new))
    gone = {i: item for i, item in enumerate(old) if id(item) not in kept}
    _find_moved(gone, new, origins)
    _find_changed(gone, len(old), origins)
    return [item if i is None else _share(old[i], item) for i, item in zip(origins, new, strict=True)]


def _find_moved(gone: dict[int, Any], new: list[Any], origins: list[int | None]) -> None:
    """Fill in where freshly made containers are in ``gone``, and take them out of it. One may stand for several."""
    made = [j for j, i in enumerate(origins) if i is None and type(new[j]) in FROZEN_TYPES]
    if not made or not gone:
        return
    by_encoding: dict[bytes | str, int] = {}
    for place, item in gone.items():
        if type(item) in FROZEN_TYPES:
            by_encoding.setdefault(_encode(item), place)
    for j in made:
        origins[j] = i = by_encoding.get(_encode(new[j]))
        if i is not None:
            gone.pop(i, None)


def _find_changed(gone: dict[int, Any], length: int, origins: list[int | None]) -> None:
    """Fill in for the others which of ``gone`` stood behind, or before, the same neighbour; then one after another."""
    for order, step, edge in ((range(len(origins)), 1, -1), (range(len(origins) - 1, -1, -1), -1, length)):
        neighbour: int | None = edge
        for j in order:
            if origins[j] is None and neighbour is not None and neighbour + step in gone:
                origins[j] = neighbour + step
                del gone[neighbour + step]
            neighbour = origins[j]
    rest = iter(gone)
    for j, i in enumerate(origins):
        if i is None:
            origins[j] = next(rest, None)


def _encode(item: Any) -> bytes | str:
    """The same for two containers that are the same, and hardly ever for two others: a Decimal and its text, say."""
    try:
        return _ENCODER.encode(item)
    except OverflowError:
        return repr(item)  # it has an int of more than 64 bits
