"""When two values, containers among them, are the same to everybody who could look at them."""

from collections.abc import Mapping
from typing import Any

from liveex_django.store.frozen import FrozenDict, FrozenList
from liveex_django.store.scalars import SCALAR_TYPES, is_same

__all__ = ["is_same_tree"]

# Frozen or not yet, a value is the same. Other subclasses are the same as their own kind only: what they show need not
# be what freezing finds in them (django.utils.datastructures.MultiValueDict).
_DICT_TYPES: frozenset[type] = frozenset({dict, FrozenDict})
_LIST_TYPES: frozenset[type] = frozenset({list, FrozenList})


def is_same_tree(old: Any, new: Any) -> bool:
    """Whether two values of state cannot be told apart; unlike ``==`` it tells 1 from True, and orders of keys."""
    if old is new:
        return True
    kind = type(old)
    if kind in SCALAR_TYPES:
        return is_same(old, new)
    if kind in _DICT_TYPES:
        return type(new) in _DICT_TYPES and _has_same_items(old, new)
    if kind in _LIST_TYPES:
        return type(new) in _LIST_TYPES and len(old) == len(new) and all(map(is_same_tree, old, new))
    if isinstance(old, Mapping) and kind is type(new):
        return _has_same_items(old, new)
    return is_same(old, new)


def _has_same_items(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> bool:
    if len(old) != len(new):
        return False
    for (key, one), (other_key, other) in zip(old.items(), new.items(), strict=True):
        # Nothing is called for what is the very object, as keys and most values of a row are, and one thing for the rest.
        if key is not other_key and not is_same(key, other_key):
            return False
        if one is not other and not (is_same if type(one) in SCALAR_TYPES else is_same_tree)(one, other):
            return False
    return True
