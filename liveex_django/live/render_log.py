"""
``LIVEEX["DEBUG_RENDER"]``: a record of each update, with what was evaluated for it and what was sent to how many.

A pass over the pages that are due has one log. Pages that went from the same trees to the same trees are one update.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..rendering import Rendered
from ..rendering.report import count_slots, evaluated_between

if TYPE_CHECKING:
    from .mounted import Mounted

logger = logging.getLogger("liveex.render")


@dataclass(frozen=True, slots=True)
class Step:
    """What one view of one page was brought from, and what to; by region."""

    view: str
    old: tuple[Rendered | None, ...]
    new: tuple[Rendered, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """The same for all pages that took this step."""
        return self.view, tuple(map(id, self.old)), tuple(map(id, self.new))


def step_of(mounted: Mounted) -> Step:
    """The step that a view is about to make: from what its browser was sent to what was rendered."""
    new = tuple(mounted.rendered)
    return Step(type(mounted.view).__name__, tuple(mounted.sent or [None] * len(new)), new)


@dataclass(slots=True)
class _Update:
    step: Step
    sizes: list[int] = field(default_factory=list)


class RenderLog:
    """The updates of one pass."""

    def __init__(self) -> None:
        self._updates: dict[tuple[object, ...], _Update] = {}

    def note(self, steps: list[Step], size: int) -> None:
        """A frame of ``size`` bytes brought a page these steps."""
        for step in steps:
            update = self._updates.setdefault(step.key, _Update(step))
            update.sizes.append(size)

    def write(self) -> None:
        """Write what was noted, and begin anew."""
        updates, self._updates = self._updates, {}
        for update in updates.values():
            logger.info("%s", "\n    ".join(_lines(update)))


def _lines(update: _Update) -> Iterator[str]:
    step = update.step
    pairs = list(zip(step.old, step.new, strict=True))
    evaluated = list(dict.fromkeys(str(one) for old, new in pairs for one in evaluated_between(old, new)))
    slots = sum(count_slots(new) for new in step.new)
    yield f"{step.view}: {len(evaluated)} of {slots} slots evaluated; {_sent(update.sizes)}"
    yield from evaluated


def _sent(sizes: list[int]) -> str:
    least, most = min(sizes), max(sizes)
    pages = "1 page" if len(sizes) == 1 else f"{len(sizes)} pages"
    return f"{most} bytes to {pages}" if least == most else f"{least} to {most} bytes to {pages}"
