"""
The state as a getter sees it: readable, and every reading written down.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from liveex_django.exceptions import FrozenState, InvalidDeclaration

__all__ = ["MISSING", "Reads", "RecordedState"]

# Stands for the value of a key that was asked for and is not there.
MISSING = object()


@dataclass(slots=True)
class Reads:
    """What one run of a getter has read; what is read after the run has ended could not be told from that."""

    getter: str
    is_open: bool = True

    # Top-level key of the state -> the very object it was bound to, or MISSING.
    values: dict[str, object] = field(default_factory=dict)

    # All keys in their order, when the getter asked which there are.
    keys: tuple[str, ...] | None = None

    # Full name of another getter, with its arguments when it takes any -> the very object it returned, or MISSING when
    # it raised.
    getters: dict[Any, object] = field(default_factory=dict)

    def check_open(self) -> None:
        if not self.is_open:
            raise InvalidDeclaration(
                f"Getter {self.getter!r} reads state or getters after it has returned, so its result could grow old "
                "unnoticed. Return finished data: list(...) of a generator, variables in place of state in a closure."
            )

    def hold_in(self, state: Mapping[str, Any]) -> bool:
        """Whether the same readings of ``state`` would bring the same objects; says nothing about getters."""
        if self.keys is not None and self.keys != tuple(state):
            return False
        return all(state.get(key, MISSING) is value for key, value in self.values.items())


class RecordedState(Mapping[str, Any]):
    """
    A read-only mapping over the top level of a frozen state, for the one run of one getter.

    Not a ``dict``: C code such as ``json.dumps`` reads a dict subclass past its methods, and a reading that nobody
    wrote down would leave a stale result behind. ``dict(state)`` gives a dict. The values are the frozen containers
    themselves, so below the top level everything is a ``dict`` or a ``list``.
    """

    __slots__ = ("_reads", "_state")

    def __init__(self, state: Mapping[str, Any], reads: Reads) -> None:
        self._state = state
        self._reads = reads

    def __getitem__(self, key: str) -> Any:
        self._reads.check_open()
        self._reads.values[key] = value = self._state.get(key, MISSING)
        if value is MISSING:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        self._reads.check_open()
        if isinstance(key, str):
            self._reads.values[key] = self._state.get(key, MISSING)
        return key in self._state

    def __iter__(self) -> Iterator[str]:
        return iter(self._all_keys())

    def __len__(self) -> int:
        return len(self._all_keys())

    def __repr__(self) -> str:
        return repr(dict(self))

    def __setitem__(self, key: str, value: object) -> NoReturn:
        raise FrozenState(f"state[{key!r}] = {value!r}")

    def __delitem__(self, key: str) -> NoReturn:
        raise FrozenState(f"del state[{key!r}]")

    def __ior__(self, other: object) -> NoReturn:
        raise FrozenState("state |= ...")

    def clear(self) -> NoReturn:
        raise FrozenState("state.clear()")

    def pop(self, *args: object) -> NoReturn:
        raise FrozenState("state.pop(...)")

    def popitem(self) -> NoReturn:
        raise FrozenState("state.popitem()")

    def setdefault(self, *args: object) -> NoReturn:
        raise FrozenState("state.setdefault(...)")

    def update(self, *args: object, **kwargs: object) -> NoReturn:
        raise FrozenState("state.update(...)")

    def _all_keys(self) -> tuple[str, ...]:
        self._reads.check_open()
        self._reads.keys = tuple(self._state)
        return self._reads.keys
