"""
State outside a mutation: dicts and lists that cannot be changed, all the way down.

``FrozenDict`` and ``FrozenList`` are dicts and lists to everybody who reads them: ``isinstance``, ``==``, ``json``,
templates, ``for``. Because nothing below them ever changes, one that is the same object has the same value; getters,
rendering and time travel rest on that.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence
from math import isfinite
from reprlib import Repr
from typing import Any, NoReturn, Self, TypeVar

from liveex_django.exceptions import FrozenState, InvalidState
from liveex_django.store.scalars import (
    SAFE_TYPES,
    SCALAR_TYPES,
    Misfit,
    Path,
    plain_key,
    plain_scalar,
)

K = TypeVar("K")
V = TypeVar("V")

# Deeper nesting is almost always a mistake (a tree that contains its parent), and it must stay well below Python's
# recursion limit of 1000 in everything that walks through state.
MAX_DEPTH = 100

_short = Repr()
_short.maxstring = _short.maxother = 40


def _refuse(pattern: str) -> Callable[..., NoReturn]:
    """A method that refuses to change anything and shows, by ``pattern``, what was asked of it."""

    def refused(self: object, *args: Any, **kwargs: Any) -> NoReturn:
        given = [_short.repr(arg) for arg in args] + [f"{name}={_short.repr(arg)}" for name, arg in kwargs.items()]
        raise FrozenState(pattern.format(*given, "...", "...", given=", ".join(given)))

    return refused


class FrozenDict(dict[K, V]):
    """
    A dict that cannot be changed, and neither can anything in it.

    ``FrozenDict(...)`` takes what ``dict(...)`` takes and freezes it deeply. ``copy.copy`` and ``copy.deepcopy`` return
    the same object; ``.copy()`` and ``|`` make a plain dict of the frozen values. Hashable, by content.
    """

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        return freeze(dict(*args, **kwargs))  # type: ignore[no-any-return]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: dict's own would add to what is frozen already."""

    __setitem__ = _refuse("state[...][{0}] = {1}")
    __delitem__ = _refuse("del state[...][{0}]")
    __ior__ = _refuse("state[...] |= {0}")
    clear = _refuse("state[...].clear({given})")
    pop = _refuse("state[...].pop({given})")
    popitem = _refuse("state[...].popitem({given})")
    setdefault = _refuse("state[...].setdefault({given})")
    update = _refuse("state[...].update({given})")

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None) -> Self:  # type: ignore[override]
        return cls(dict.fromkeys(keys, value))


class FrozenList(list[V]):
    """
    A list that cannot be changed, and neither can anything in it.

    ``FrozenList(...)`` takes what ``list(...)`` takes and freezes it deeply. ``copy.copy`` and ``copy.deepcopy`` return
    the same object; ``.copy()``, slices, ``+`` and ``*`` make a plain list of the frozen values. Hashable, by content.
    """

    __slots__ = ()

    def __new__(cls, values: Iterable[Any] = ()) -> Self:
        return freeze(list(values))  # type: ignore[no-any-return]

    def __init__(self, values: Iterable[Any] = ()) -> None:
        """Nothing: list's own would replace what is frozen already."""

    __setitem__ = _refuse("state[...][{0}] = {1}")
    __delitem__ = _refuse("del state[...][{0}]")
    __iadd__ = _refuse("state[...] += {0}")
    __imul__ = _refuse("state[...] *= {0}")
    append = _refuse("state[...].append({given})")
    clear = _refuse("state[...].clear({given})")
    extend = _refuse("state[...].extend({given})")
    insert = _refuse("state[...].insert({given})")
    pop = _refuse("state[...].pop({given})")
    remove = _refuse("state[...].remove({given})")
    reverse = _refuse("state[...].reverse({given})")
    sort = _refuse("state[...].sort({given})")

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenList, (list(self),)


FROZEN_TYPES: frozenset[type] = frozenset({FrozenDict, FrozenList})
PLAIN_TYPES: frozenset[type] = SCALAR_TYPES | FROZEN_TYPES
READY_TYPES: frozenset[type] = SAFE_TYPES | FROZEN_TYPES

_new_dict, _fill_dict, _set_item = dict.__new__, dict.update, dict.__setitem__
_new_list, _fill_list = list.__new__, list.extend


def copy_frozen_dict(values: Mapping[Any, Any]) -> FrozenDict[Any, Any]:
    """A new FrozenDict of values that are frozen already, or will be before anyone sees it; for this package only."""
    new = _new_dict(FrozenDict)
    _fill_dict(new, values)
    return new


def copy_frozen_list(values: Iterable[Any]) -> FrozenList[Any]:
    """A new FrozenList of values that are frozen already, or will be before anyone sees it; for this package only."""
    new = _new_list(FrozenList)
    _fill_list(new, values)
    return new


def is_plain(value: object) -> bool:
    """Whether ``value`` is of a type that state itself consists of: a scalar, a FrozenDict or a FrozenList."""
    return type(value) in PLAIN_TYPES


def freeze(value: object, path: Path = ()) -> Any:
    """
    ``value`` as state holds it: dicts and lists frozen all the way down, scalars of exactly the allowed types.

    What is frozen already is returned as the same object. ``path`` says where the value is going to stand.

    Raises:
        InvalidState: Something in it cannot be stored, or contains itself; the error names the path.
    """
    try:
        return Freezer().freeze(value)
    except Misfit as misfit:
        raise misfit.located(path) from None


def thaw(value: Any) -> Any:
    """
    A deep copy of ``value`` made of plain dicts and lists, to be changed freely. Drafts can be thawed too.

    Raises:
        InvalidState: It contains itself, or is nested deeper than state may be.
    """
    return _thaw(value, MAX_DEPTH)


def _thaw(value: Any, levels: int) -> Any:
    if type(value) in SCALAR_TYPES:
        return value
    if levels < 0:
        raise InvalidState((), f"contains itself, or is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, MutableMapping):
        return {key: _thaw(item, levels - 1) for key, item in value.items()}
    if isinstance(value, MutableSequence):
        return [_thaw(item, levels - 1) for item in value]
    return value


class Freezer:
    """One deep freeze: what occurs twice in the value is frozen once, and what contains itself is refused."""

    def __init__(self) -> None:
        # By id, with the original, so that no id is used again while this lives.
        self.made: dict[int, tuple[object, Any]] = {}
        self._open: set[int] = set()

    def freeze(self, value: Any) -> Any:
        """``value`` frozen; Misfit when it cannot be."""
        if type(value) in READY_TYPES:
            return value
        make: Callable[[Any], Any]
        if isinstance(value, dict):
            make = self._freeze_dict
        elif isinstance(value, list):
            make = self._freeze_list
        else:
            return plain_scalar(value)
        known = self.made.get(id(value))
        if known is not None:
            return known[1]
        self.enter(value)
        new = make(value)
        self.leave(value)
        self.made[id(value)] = value, new
        return new

    def enter(self, value: object) -> None:
        """Note that ``value`` is being frozen; Misfit when it is already, because then it contains itself."""
        if id(value) in self._open:
            raise Misfit("contains itself")
        if len(self._open) >= MAX_DEPTH:
            raise Misfit(f"is nested deeper than {MAX_DEPTH} levels")
        self._open.add(id(value))

    def leave(self, value: object) -> None:
        """Note that ``value`` is done."""
        self._open.discard(id(value))

    def _freeze_dict(self, value: dict[Any, Any]) -> FrozenDict[Any, Any]:
        # All of it is copied at once and what is not ready is replaced, because most values of most rows are. For the
        # same reason the commonest are looked at here: a call for each would double the time.
        new = copy_frozen_dict(value if type(value) is dict else dict(dict.items(value)))
        for key, item in dict.items(value):
            if (type(key) is not str or not key.isascii()) and plain_key(key) is not key:
                return self._freeze_dict({plain_key(key): item for key, item in dict.items(value)})
            kind = type(item)
            if kind in READY_TYPES or (kind is str and item.isascii()) or (kind is float and isfinite(item)):
                continue
            try:
                _set_item(new, key, self.freeze(item))
            except Misfit as misfit:
                misfit.steps.append(key)
                raise
        return new

    def _freeze_list(self, value: list[Any]) -> FrozenList[Any]:
        if READY_TYPES.issuperset(map(type, list.__iter__(value))):
            return copy_frozen_list(list.__iter__(value))
        new: list[Any] = []
        for index, item in enumerate(list.__iter__(value)):
            if type(item) not in READY_TYPES:
                try:
                    item = self.freeze(item)
                except Misfit as misfit:
                    misfit.steps.append(index)
                    raise
            new.append(item)
        return copy_frozen_list(new)
