"""
The effects of a mutation as data: what to do to one state so that it becomes the next.

A patch is ``(op, path, value)``; the path leads from the root of the state to the place, by keys and indexes:

=========================================  ====================================================================
``("set", (..., key), value)``             a key of a dict, new or not, or an existing index of a list
``("insert", (..., index), value)``        a new item of a list; what was there and after moves one up
``("insert", (..., key), [place, value])`` a new key of a dict that comes to stand at ``place`` in the order of keys
``("delete", (..., key), None)``           a key of a dict, or an index of a list; what is after it moves one down
``("set", (), value)``                     the whole state
=========================================  ====================================================================

Patches are applied in order: each path is meant for the state that the patches before it have made.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeAlias

from liveex_django.exceptions import DamagedPatch, format_path
from liveex_django.store.frozen import FrozenDict, FrozenList, copy_frozen_dict, copy_frozen_list, freeze
from liveex_django.store.scalars import Path

Patch: TypeAlias = tuple[str, Path, Any]

SET = "set"
INSERT = "insert"
DELETE = "delete"


def apply_patches(state: FrozenDict[Any, Any], patches: Iterable[Patch]) -> FrozenDict[Any, Any]:
    """
    The state after ``patches``; what they do not touch is shared with ``state``, and no patches give ``state`` itself.

    Raises:
        DamagedPatch: A patch names a place that is not there; nothing was changed.
    """
    working = _WorkingCopy(state)
    for patch in patches:
        working.apply(patch)
    return working.state


def touched_keys(patches: Iterable[Patch]) -> frozenset[str | int] | None:
    """The top-level keys that the patches change something under; None when they replace the whole state."""
    keys = set()
    for _, path, _ in patches:
        if not path:
            return None
        keys.add(path[0])
    return frozenset(keys)


def to_json_patch(patches: Iterable[Patch], state: FrozenDict[Any, Any] | None = None) -> list[dict[str, Any]]:
    """
    The patches as a JSON Patch document (RFC 6902), to be applied to the state as JSON.

    JSON has neither int keys nor an order of keys: int keys become text, places in the order are dropped. Without
    ``state``, the state before the patches, an int at the end of a path is taken for an index of a list; give it
    when dicts of the store have int keys. Values stay as they are: a datetime is up to your JSON encoder.
    """
    working = None if state is None else _WorkingCopy(state)
    document = []
    for patch in patches:
        in_list = working.leads_into_list(patch[1]) if working else bool(patch[1]) and isinstance(patch[1][-1], int)
        document.append(_json_operation(patch, in_list))
        if working:
            working.apply(patch)
    return document


def _json_operation(patch: Patch, in_list: bool) -> dict[str, Any]:
    op, path, value = patch
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    if op == DELETE:
        return {"op": "remove", "path": pointer}
    if op == INSERT and not in_list:
        value = value[1]
    # "replace" needs something to be there, "add" to a list makes room: a set in a dict is an "add".
    replaces = op == SET and (in_list or not path)
    return {"op": "replace" if replaces else "add", "path": pointer, "value": value}


class _WorkingCopy:
    """A state on its way to the next one: every container is copied at most once, however many patches change it."""

    def __init__(self, state: FrozenDict[Any, Any]) -> None:
        self.state = state
        # The copies made here, by id; they may be written to until somebody else sees them.
        self._own: dict[int, Any] = {}

    def apply(self, patch: Patch) -> None:
        """Do one patch; DamagedPatch when it does not fit, and then this copy is of no use any more."""
        op, path, value = patch
        if not path:
            if op != SET or not isinstance(value, dict):
                raise DamagedPatch(f"A patch would {op} the whole state; only a dict can be set there.")
            self.state = freeze(value)
            return
        try:
            container = self._reach(path)
            steps = _LIST_STEPS if type(container) is FrozenList else _DICT_STEPS
            steps[op](container, path[-1], value)
        except (LookupError, TypeError, ValueError) as error:
            raise DamagedPatch(
                f"A patch would {op} {format_path(path)}, but {error}. It was made for another state than this one."
            ) from None

    def leads_into_list(self, path: Path) -> bool:
        """Whether the last step of ``path`` is an index."""
        return bool(path) and type(self._reach(path)) is FrozenList

    def _reach(self, path: Path) -> Any:
        """The container that the last step of ``path`` leads into; it and everything above it are our own copies."""
        self.state = container = self._owned(self.state)
        for step in path[:-1]:
            if type(container) is FrozenList:
                child = self._owned(container[_index(step, len(container))])
                list.__setitem__(container, _index(step, len(container)), child)
            else:
                child = self._owned(container[step])
                dict.__setitem__(container, step, child)
            container = child
        return container

    def _owned(self, container: Any) -> Any:
        if id(container) in self._own:
            return container
        if type(container) is FrozenDict:
            copy: Any = copy_frozen_dict(container)
        elif type(container) is FrozenList:
            copy = copy_frozen_list(container)
        else:
            raise TypeError(f"there is a {type(container).__name__} on the way")
        self._own[id(copy)] = copy
        return copy


def _index(step: str | int, length: int) -> Any:
    if type(step) is not int:
        raise TypeError(f"{step!r} is no index of a list")
    if not 0 <= step < length:
        raise IndexError(f"the list there has {length} items")
    return step


def _set_item(values: list[Any], step: str | int, value: Any) -> None:
    list.__setitem__(values, _index(step, len(values)), freeze(value))


def _insert_item(values: list[Any], step: str | int, value: Any) -> None:
    list.insert(values, _index(step, len(values) + 1), freeze(value))


def _delete_item(values: list[Any], step: str | int, value: None) -> None:
    list.__delitem__(values, _index(step, len(values)))


def _set_key(values: dict[Any, Any], key: str | int, value: Any) -> None:
    dict.__setitem__(values, key, freeze(value))


def _insert_key(values: dict[Any, Any], key: str | int, value: Any) -> None:
    place, item = value
    if key in values:
        raise ValueError("the key is there already")
    if type(place) is not int or place < 0:
        raise ValueError(f"{place!r} is no place in the order of keys")
    # Beyond the last key means at the end: an undo comes late, when other keys may have gone.
    later = list(islice(values.items(), place, None))
    for other, _ in later:
        dict.__delitem__(values, other)
    dict.__setitem__(values, key, freeze(item))
    dict.update(values, later)


def _delete_key(values: dict[Any, Any], key: str | int, value: None) -> None:
    dict.__delitem__(values, key)


_LIST_STEPS: Mapping[str, Callable[[Any, Any, Any], None]] = {
    SET: _set_item,
    INSERT: _insert_item,
    DELETE: _delete_item,
}
_DICT_STEPS: Mapping[str, Callable[[Any, Any, Any], None]] = {SET: _set_key, INSERT: _insert_key, DELETE: _delete_key}
