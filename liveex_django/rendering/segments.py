"""
The slots of a unit in stretches that see the same names: one ends behind every slot that may write a name.

What the names of a stretch were bound to is remembered from one render to the next.
"""

from __future__ import annotations

from functools import lru_cache

from .part import Part, affected_slots


class Segment:
    """
    Attributes:
        numbers: The slots, in order.
        names: What they read, with up to two steps.
    """

    def __init__(self, part: Part, numbers: tuple[int, ...]) -> None:
        self.numbers = numbers
        self.names = tuple(sorted(frozenset().union(*(part.slots[number].reads.names for number in numbers))))
        self._part = part

    def affected(self, changed: frozenset[str]) -> tuple[int, ...]:
        """The slots that may give something else when these names have changed; in order."""
        return affected_slots(self._part, self.numbers, changed)


@lru_cache(maxsize=1024)
def segments_of(part: Part, numbers: tuple[int, ...]) -> tuple[Segment, ...]:
    """These slots of a part, cut into segments."""
    segments, current = [], []
    chosen = frozenset(numbers)
    for number, slot in enumerate(part.slots):
        if number in chosen:
            current.append(number)
        if current and not slot.reads.steady:
            segments.append(Segment(part, tuple(current)))
            current = []
    if current:
        segments.append(Segment(part, tuple(current)))
    return tuple(segments)


@lru_cache(maxsize=1024)
def all_segments(part: Part) -> tuple[Segment, ...]:
    """All slots of a part, cut into segments."""
    return segments_of(part, tuple(range(len(part.slots))))
