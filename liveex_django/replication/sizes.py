"""
How big the state of an instance is, kept count of by what each entry changes.

Measuring a whole state takes time in proportion to it, so that is done once, at the first commit. After that a commit is
measured by the values that its patches put in and its inverse patches take out. The figure is near what the codec makes
of the state; texts, which are what makes a state big, count exactly.
"""

import logging
from collections.abc import Iterable
from typing import Any

from .. import conf
from ..exceptions import StateTooLarge
from ..store import Entry, FrozenDict
from ..store.draft import Effects
from ..store.patches import DELETE, Patch
from .instance import Instance

logger = logging.getLogger("liveex.replication")

# What a value takes besides its content, and a place in a list or a number as a key (bytes).
_HEAD, _PLACE = 2, 4
# Numbers that are no text, dates and the like, whole (bytes).
_OTHER = 9


def size_of(value: Any) -> int:
    """About as many bytes as the log needs for ``value``."""
    if isinstance(value, str):
        return _HEAD + (len(value) if value.isascii() else len(value.encode()))
    if isinstance(value, dict):
        return _HEAD + sum(_key_size(key) + size_of(item) for key, item in value.items())
    if isinstance(value, list):
        return _HEAD + sum(_PLACE + size_of(item) for item in value)
    if isinstance(value, int):
        return 1 + value.bit_length() // 8
    return 1 if value is None else _OTHER


def size_of_patches(patches: Iterable[Patch]) -> int:
    """About as many bytes as ``patches`` put into a state."""
    return sum((_key_size(path[-1]) if path else 0) + size_of(value) for op, path, value in patches if op != DELETE)


def _key_size(key: str | int) -> int:
    return _PLACE if isinstance(key, int) else size_of(key)


class StateSize:
    """The size of one replica's state; unknown until somebody asks for it."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._bytes: int | None = None

    def forget(self) -> None:
        """The state was replaced."""
        self._bytes = None

    def follow(self, entry: Entry) -> None:
        """The state was changed by ``entry``."""
        if self._bytes is not None:
            self._bytes += size_of_patches(entry.patches) - size_of_patches(entry.inverse)

    def check(self, before: FrozenDict[str, Any], effects: Effects) -> None:
        """
        Called before a commit; warns once when the state grows past ``LIVEEX["WARN_STATE"]``.

        Raises:
            StateTooLarge: It would grow past ``LIVEEX["MAX_STATE"]``.
        """
        if self._bytes is None:
            self._bytes = size_of(before)
        growth = size_of_patches(effects.patches) - size_of_patches(effects.inverse)
        if growth > 0:
            check_size(self._instance, self._bytes, self._bytes + growth)


def check_initial_size(instance: Instance, state: FrozenDict[str, Any]) -> None:
    """
    The same for a state that begins.

    Raises:
        StateTooLarge: It is larger than ``LIVEEX["MAX_STATE"]``.
    """
    check_size(instance, 0, size_of(state))


def check_size(instance: Instance, old: int, new: int) -> None:
    """
    Raises:
        StateTooLarge: ``new`` bytes are more than ``LIVEEX["MAX_STATE"]``.
    """
    warned, most = conf.get("WARN_STATE"), conf.get("MAX_STATE")
    if new > most:
        raise StateTooLarge(str(instance), new, most)
    if old <= warned < new:
        logger.warning(
            "The state of %s has grown to %d bytes, past LIVEEX['WARN_STATE'] of %d; from %d on, commits that make it "
            "grow are refused. Every process that shows it holds it whole: keep what is large in the database, and ids "
            "of it in the state.",
            instance,
            new,
            warned,
            most,
        )
