"""
What may stand in a slot so that the markers around it stay where they are.

A browser moves, closes and drops elements that stand in the wrong place: a ``<div>`` ends the ``<p>`` it is in, text
straight in a ``<table>`` lands before it. A value with such markup does not fit its place, and the stretch of template
around it is then one slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .elements import BUTTON_SCOPE, CONTENT_OF, ENDED_BY, MARKERS, OUT_OF_PLACE, SCOPE


class Element(Protocol):
    """What is looked at of an open element."""

    name: str
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What a stretch of HTML does to the elements around it."""

    # It opens and closes its own elements and no others.
    is_balanced: bool = True
    # The elements that are not inside another one of it.
    top: frozenset[str] = frozenset()
    # Text that is not white space stands there too, or may.
    has_text: bool = False
    # All elements whose start tag an element around it could take offence at.
    exposed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """The elements around a slot, as far as they are known."""

    # The elements that may stand there directly, and then no text either; None for anything.
    takes: frozenset[str] | None = None
    # The elements that may not stand there directly.
    refuses: frozenset[str] = frozenset()
    # The elements that may not stand there at any depth.
    disturbed_by: frozenset[str] = frozenset()
    is_foreign: bool = False
    # Right behind <pre>, where the parser drops a newline.
    drops_newline: bool = False

    @property
    def is_strict(self) -> bool:
        """Whether even plain text may not fit."""
        return self.takes is not None or self.drops_newline

    def fits_text(self, text: str) -> bool:
        """Whether text without markup may stand here."""
        if self.drops_newline and text[:1] in ("\n", "\r"):
            return False
        return self.takes is None or not text.strip(" \t\n\f\r")

    def fits(self, shape: Shape) -> bool:
        """Whether HTML of this shape may stand here."""
        if not shape.is_balanced or shape.exposed & self.disturbed_by or shape.top & self.refuses:
            return False
        return self.takes is None or (shape.top <= self.takes and not shape.has_text)


def place_in(elements: Sequence[Element], drops_newline: bool = False) -> Place:
    """The place inside these open elements, the innermost last; the first is the root, which may have no name."""
    innermost = elements[-1]
    disturbing: set[str] = set()
    is_inline_open = True
    for element in reversed(elements):
        if element.name in SCOPE:
            break
        if element.name != "p" or is_inline_open:
            disturbing |= ENDED_BY.get(element.name, frozenset())
        if element.name in BUTTON_SCOPE:
            is_inline_open = False
    takes = None if innermost.is_foreign else CONTENT_OF.get(innermost.name)
    knows = bool(innermost.name) and not innermost.is_foreign
    return Place(
        takes=takes,
        refuses=OUT_OF_PLACE if knows and takes is None else frozenset(),
        disturbed_by=frozenset(disturbing),
        is_foreign=innermost.is_foreign,
        drops_newline=drops_newline,
    )


def is_exposed(elements: Sequence[Element]) -> bool:
    """Whether what stands inside these elements is seen by those around the root."""
    return not any(element.name in MARKERS or element.name in SCOPE for element in elements[1:])


ANYWHERE = Place()
