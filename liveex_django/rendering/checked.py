"""
Slots that look at what a render put into them.

The layout was made from the template alone. Whether a value, markup as it may be, leaves the elements around it as they
were is seen here; what does not fit is told to the evaluation, which then gives up the division of its unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.template.context import Context

from .attributes import ends_bare, is_whole
from .hosted import outline_of
from .place import Place
from .rendered import Blend, Value
from .slots import Changed, PiecesSlot, Slot, TextSlot
from .tags import SPACE

if TYPE_CHECKING:
    from .evaluation import Evaluation


class CheckedSlot(Slot):
    """A slot in content whose value is a text that may hold markup."""

    def __init__(self, slot: TextSlot, place: Place) -> None:
        self.is_text = slot.is_text
        # Which hole it is, for what a render learns; a stretch has several.
        self.node = getattr(slot, "node", None)
        self.place = place
        self.reads = slot.reads
        self._evaluate = slot.evaluate
        self._is_strict = place.is_strict

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        value: Any = self._evaluate(context, evaluation)
        if type(value) is Blend:
            evaluation.check(self, outline_of(value))
        elif self._is_strict or "<" in value:
            evaluation.check(self, value)
        return value  # type: ignore[no-any-return]


class MarkupSlot(CheckedSlot):
    """A stretch of template that could not be divided."""

    def __init__(self, pieces: Sequence[str | TextSlot], place: Place) -> None:
        super().__init__(PiecesSlot(pieces), place)


def checked_content(slot: Slot, place: Place) -> Slot:
    """The slot for a hole in content."""
    slot.place = place
    return CheckedSlot(slot, place) if isinstance(slot, TextSlot) else slot


class AttributesSlot(PiecesSlot):
    """Whole attributes of a start tag."""

    is_text = True

    def __init__(self, pieces: Sequence[str | TextSlot], needs_space: bool, is_followed: bool) -> None:
        super().__init__(pieces)
        # It stands directly behind the name of the tag.
        self._needs_space = needs_space
        # What comes directly behind it, a "/" say, would belong to a value without quotes.
        self._is_followed = is_followed

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> str:
        text = str(super().evaluate(context, evaluation))
        if not is_whole(text) or not self._keeps_apart(text):
            evaluation.reject(self, text)
        return text

    def _keeps_apart(self, text: str) -> bool:
        if self._needs_space and text and text[0] not in (*SPACE, "/"):
            return False
        return not (self._is_followed and ends_bare(text))


class RawTextSlot(PiecesSlot):
    """The whole text of an element that holds no markup."""

    is_text = True

    def __init__(self, pieces: Sequence[str | TextSlot], name: str) -> None:
        super().__init__(pieces)
        # What would end the text early, or change how the rest is read.
        ending = rf"</{name}(?![^ \t\n\f\r/>])"
        if name == "script":
            ending += "|<!--"
        elif name == "option":
            ending = "<"
        self._ending = re.compile(ending, re.IGNORECASE)

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> str:
        text = str(super().evaluate(context, evaluation))
        if "<" in text and self._ending.search(text):
            evaluation.reject(self, text)
        return text
