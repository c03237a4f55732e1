"""
What changed between two trees of which most is shared: that is compared and encoded once for everybody who had the same
tree before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from msgspec import Raw

from .diff import Parts, diff, diff_slot
from .rendered import Rendered


class _Made(NamedTuple):
    # So that no other tree has its id meanwhile.
    old: Rendered
    new: Rendered
    changes: Any
    parts: Parts


class SharedChanges:
    """
    Changes that lead to one state; what was made is kept for the next one who asks.

    Args:
        encode: To JSON, as the wire has it.
    """

    def __init__(self, encode: Callable[[Any], bytes]) -> None:
        self._encode = encode
        self._made: dict[tuple[int, int, tuple[int, ...]], _Made] = {}

    def between(self, old: Rendered, new: Rendered, parts: Parts) -> Any:
        """As :func:`~.diff.diff` of two trees that are shared as a whole; ``{}``, or encoded."""
        key = id(old), id(new), ()
        made = self._made.get(key)
        if made is None:
            named: Parts = {}
            change = diff(old, new, named)
            encoded = change if change == {} else Raw(self._encode(change))
            made = self._made[key] = _Made(old, new, encoded, named)
        parts.update(made.parts)
        return made.changes

    def of_view(self, old: Rendered, new: Rendered, parts: Parts) -> Any:
        """As :func:`~.diff.diff` of two trees of a view; what they have from shared ones is encoded."""
        was, now = _shared(old), _shared(new)
        if was is None or now is None or was.part is not now.part or old.part is not new.part:
            return diff(old, new, parts)
        local = sorted({*was.memo.local, *now.memo.local})
        changes: dict[str, Any] = {} if was is now else dict(self._common(was, now, local, parts))
        for number in local:
            before, after = old.values[number], new.values[number]
            if before is after:
                continue
            if isinstance(before, Rendered) and isinstance(after, Rendered) and _shared(after) is not None:
                change = self.of_view(before, after, parts)
            else:
                change = diff_slot(new.part.kinds[number], before, after, parts)
            if change is not None and change != {}:
                changes[str(number)] = change
        return dict(sorted(changes.items(), key=_number)) if len(changes) > 1 else changes

    def _common(self, was: Rendered, now: Rendered, local: Collection[int], parts: Parts) -> dict[str, Any]:
        key = id(was), id(now), tuple(local)
        made = self._made.get(key)
        if made is None:
            named: Parts = {}
            changes = {}
            for number, (before, after) in enumerate(zip(was.values, now.values, strict=True)):
                if number not in local and before is not after:
                    change = diff_slot(now.part.kinds[number], before, after, named)
                    if change is not None:
                        changes[str(number)] = Raw(self._encode(change))
            made = self._made[key] = _Made(was, now, changes, named)
        parts.update(made.parts)
        found: dict[str, Any] = made.changes
        return found


def _shared(tree: Rendered) -> Rendered | None:
    shared: Rendered | None = None if tree.memo is None else tree.memo.shared
    return shared


def _number(item: tuple[str, Any]) -> int:
    return int(item[0])
