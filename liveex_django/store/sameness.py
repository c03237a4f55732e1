"""When two values, containers among them, are the same to everybody who could look at them."""

from collections.abc import Mapping
from typing import Any

from liveex_django.store.scalars import is_same

__all__ = ["is_same_tree"]


def is_same_tree(old: Any, new: Any) -> bool:
    """Whether two frozen values cannot be told apart; unlike ``==`` it tells 1 from True, and orders of keys."""
    if old is new:
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return list(old) == list(new) and all(is_same_tree(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same_tree, old, new))
    return is_same(old, new)
