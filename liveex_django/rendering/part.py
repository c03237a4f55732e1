"""
A part: the text of a stretch of template that never changes, and the places between where it does.

Parts are made once, when a template is compiled, and never changed. What a render puts into their slots is
in rendered.py, so a table of a thousand rows holds the text of a row once.
"""

from __future__ import annotations

import enum
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Protocol

# 6 bytes are 8 characters and a chance of 2e-7 that two of 10 000 parts share a fingerprint; it is sent with every
# branch or row that appears, so it is as short as that allows.
_FINGERPRINT_BYTES = 6


class Kind(enum.Enum):
    """Where a slot stands in the page, and so how a change to it is written."""

    # In the content of an element, between two comments.
    CONTENT = "content"
    # In a start tag: whole attributes.
    ATTRIBUTES = "attributes"
    # The whole text of an element in which character references count: <title>, <option>.
    TEXT = "text"
    # The same for <textarea>, where the parser drops a first newline.
    TEXTAREA = "textarea"
    # The whole text of an element in which they do not: <script>, <style>.
    RAW_TEXT = "raw text"


def fingerprint_of(texts: Sequence[str]) -> str:
    """A short name for these texts, the same in every process."""
    packed = json.dumps(list(texts), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(blake2b(packed, digest_size=_FINGERPRINT_BYTES).digest()).decode("ascii")


class Slot(Protocol):
    """How the value of a slot is made; the classes are in slots.py, which knows Django."""

    is_text: bool
    is_nesting: bool
    shows_unit: bool
    # A names.Reads each.
    reads: Any
    arguments: Any

    def evaluate(self, context: Any, evaluation: Any, old: Any = None, changed: frozenset[str] | None = None) -> Any:
        """The value in this context."""


class Part:
    """
    ``statics[0] slot 0 statics[1] slot 1 … statics[n]``.

    ``statics`` joined with what the slots hold is the HTML as Django makes it; ``marked`` are the same texts with the
    markers of docs/protocol.md, and what a browser is told under ``fingerprint``.
    """

    __slots__ = ("_format", "_marked_format", "fingerprint", "key", "kinds", "marked", "slots", "statics", "steady")

    def __init__(
        self,
        statics: Sequence[str],
        marked: Sequence[str],
        kinds: Sequence[Kind],
        slots: Sequence[Slot],
        # The slot that tells the rows of a loop apart: the attributes of the first element, its id among them, or what
        # stands in place of that element.
        key: int | None = None,
    ) -> None:
        if not len(statics) == len(marked) == len(kinds) + 1 == len(slots) + 1:
            raise AssertionError("a part has one static more than it has slots")
        self.statics = tuple(statics)
        self.marked = tuple(marked)
        self.kinds = tuple(kinds)
        self.slots = tuple(slots)
        self.key = key
        self.fingerprint = fingerprint_of(self.marked)
        # How many slots, from the first on, see the names of the context as they are before the part.
        unsteady = (number for number, slot in enumerate(slots) if not slot.reads.steady)
        self.steady = next(unsteady, len(slots) - 1) + 1
        # A part all of whose slots always hold plain text is written by one C call instead of a walk.
        is_flat = all(slot.is_text for slot in slots)
        self._format = _format_of(self.statics) if is_flat else None
        self._marked_format = _format_of(self.marked) if is_flat else None

    def __repr__(self) -> str:
        return f"<Part {self.fingerprint}: {'{}'.join(self.statics)[:60]!r}>"

    def affected(self, changed: frozenset[str]) -> tuple[int, ...]:
        """
        The slots that may give something else when these names, of up to two steps, have changed; in order. What stands
        behind a slot that writes names is among them.
        """
        return _affected_or_behind(self, changed)

    def format(self, marked: bool) -> str | None:
        """A %-format that takes the slots' values, or None when a value may be more than a text."""
        return self._marked_format if marked else self._format


@lru_cache(maxsize=4096)
def _affected_or_behind(part: Part, changed: frozenset[str]) -> tuple[int, ...]:
    return (*affected_slots(part, range(part.steady), changed), *range(part.steady, len(part.slots)))


@lru_cache(maxsize=4096)
def affected_slots(part: Part, numbers: Sequence[int], changed: frozenset[str]) -> tuple[int, ...]:
    """Those of these slots that may give something else when these names have changed."""
    reads = [(number, part.slots[number].reads) for number in numbers]
    return tuple(number for number, read in reads if not read.complete or not read.names.isdisjoint(changed))


def _format_of(statics: Sequence[str]) -> str:
    return "%s".join(static.replace("%", "%%") for static in statics)
