"""A dict of the state while a mutation writes to it."""

from collections.abc import ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from copy import deepcopy
from typing import Any, Self

from liveex_django.exceptions import RevokedDraft
from liveex_django.store.draft_node import DRAFT_TYPES, NOTHING, WRITABLE_TYPES, Draft, Scope, is_revoked
from liveex_django.store.frozen import FROZEN_TYPES, FrozenDict, copy_frozen_dict
from liveex_django.store.scalars import Misfit, plain_key

_MISSING: Any = object()


class DraftDict(Draft, MutableMapping[Any, Any]):
    """
    Reads and writes like a dict, with the dict and list API of Python; dicts and lists in it are drafts too.

    It is no subclass of dict, because C code writes past the methods of a subclass. ``copy()`` and ``|`` give plain
    dicts that hold the same drafts, as Python's shallow copies hold the same objects.
    """

    __slots__ = ("_dropped",)

    def __init__(self, base: FrozenDict[Any, Any], scope: Scope) -> None:
        # Not through super(): a mutation that looks for one row makes a draft of each.
        self._base = self._values = base
        self._scope = scope
        self._touched = NOTHING
        scope.drafts.append(self)
        # Whether a key was ever deleted: if not, all keys of the base stand where they stood.
        self._dropped = False

    def _own(self) -> Any:
        values = self._values
        if values is self._base:
            self._values = values = copy_frozen_dict(values)
            self._touched = {}
        elif is_revoked(values):
            raise RevokedDraft
        return values

    def __getitem__(self, key: Any) -> Any:
        value = self._values[key]
        kind = type(value)
        if kind in FROZEN_TYPES:
            own = self._own()
            value = DRAFT_TYPES[kind](value, self._scope)
            dict.__setitem__(own, key, value)
            self._touched[self._stored_key(key)] = None
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(key) is not str or not key.isascii():
            key = self._plain_key(key)
        if type(value) not in WRITABLE_TYPES:
            self._refuse_misfit(key, value)
        dict.__setitem__(self._own(), key, value)
        self._touched[key] = None

    def __delitem__(self, key: Any) -> None:
        if key not in self._values:
            raise KeyError(key)
        own = self._own()
        self._touched[self._stored_key(key)] = None
        self._dropped = True
        dict.__delitem__(own, key)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Any]:
        # Over the copy, so that a write during the iteration is noticed exactly when Python would notice it.
        return iter(self._own())

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._own())  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        return bool(self._values == (other._values if isinstance(other, DraftDict) else other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if is_revoked(self._values):
            return "<dict of a mutation that has ended>"
        return dict.__repr__(self._values)

    def keys(self) -> "DraftKeys":
        return DraftKeys(self)

    def values(self) -> "DraftValues":
        return DraftValues(self)

    def items(self) -> "DraftItems":
        return DraftItems(self)

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self._values else default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self._values:
            self[key] = default
        return self[key]

    def pop(self, key: Any, default: Any = _MISSING) -> Any:
        if key not in self._values and default is not _MISSING:
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[Any, Any]:
        if not self._values:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self._values))
        return key, self.pop(key)

    def clear(self) -> None:
        own = self._own()
        self._touched.update(dict.fromkeys(own))
        self._dropped = True
        dict.clear(own)

    def copy(self) -> dict[Any, Any]:
        return dict(self.items())

    fromkeys = dict.fromkeys

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, (dict, DraftDict)):
            return NotImplemented
        return {**self.copy(), **other}

    def __ror__(self, other: Any) -> Any:
        if not isinstance(other, dict):
            return NotImplemented
        return {**other, **self.copy()}

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def __copy__(self) -> dict[Any, Any]:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        new: dict[Any, Any] = {}
        memo[id(self)] = new
        for key, value in self.items():
            new[key] = deepcopy(value, memo)
        return new

    def _stored_key(self, key: Any) -> Any:
        """``key`` as it stands in the dict: in Python ``d[True]`` and ``d[1.0]`` find the key 1."""
        if type(key) is str or type(key) is int:
            return key
        return next(stored for stored in self._values if stored == key)

    def _plain_key(self, key: Any) -> str | int:
        try:
            return plain_key(key)
        except Misfit as misfit:
            raise misfit.located(self._scope.path_to(self)) from None


class DraftKeys(KeysView[Any]):
    """What ``dict.keys()`` gives: live, ordered, with the operators of a set."""

    __slots__ = ()
    _mapping: DraftDict

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._mapping)


class DraftValues(ValuesView[Any]):
    """What ``dict.values()`` gives: live and ordered."""

    __slots__ = ()
    _mapping: DraftDict

    def __reversed__(self) -> Iterator[Any]:
        return (self._mapping[key] for key in reversed(self._mapping))


class DraftItems(ItemsView[Any, Any]):
    """What ``dict.items()`` gives: live and ordered."""

    __slots__ = ()
    _mapping: DraftDict

    def __reversed__(self) -> Iterator[tuple[Any, Any]]:
        return ((key, self._mapping[key]) for key in reversed(self._mapping))


DRAFT_TYPES[FrozenDict] = DraftDict
WRITABLE_TYPES.add(DraftDict)
