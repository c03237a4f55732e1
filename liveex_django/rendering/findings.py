"""What the reading of a template's markup finds out: open elements, and where the holes stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .outline import Hole, Items
from .part import Kind
from .place import Place, Shape
from .tags import Tag

if TYPE_CHECKING:
    from .scan import Scan


@dataclass(slots=True, eq=False)
class Element:
    """An open element."""

    name: str
    # Where it begins, in the positions of the scan that owns it.
    start: int
    # None for the element around the unit.
    owner: object
    tag: Tag | None = None
    is_foreign: bool = False
    # The browser made it: there is no start tag.
    is_implied: bool = False
    # What happens in it cannot be addressed: if it holds slots, it becomes one.
    is_rough: bool = False
    has_elements: bool = False


@dataclass(slots=True)
class ContentFinding:
    """A hole between tags."""

    start: int
    end: int
    place: Place
    # The scans of the hole's branches.
    branches: list[Scan]
    opens_tbody: bool


@dataclass(slots=True)
class StretchFinding:
    """A stretch of template that is one slot, because it cannot be divided."""

    start: int
    end: int
    place: Place


@dataclass(slots=True)
class AttributesFinding:
    """Whole attributes of a start tag."""

    start: int
    end: int
    tag: Tag


@dataclass(slots=True)
class TextFinding:
    """The whole text of an element that holds nothing but text."""

    start: int
    end: int
    tag: Tag
    kind: Kind
    name: str


@dataclass(slots=True)
class UnitFindings:
    """What is known about a unit as a whole, while its parts are read."""

    # Texts that stood in a hole and did not fit, by the id of its node.
    samples: Mapping[int, Sequence[str]]
    # The template behind an {% include %} or the default of a {% block %}, when it is known.
    guess: Callable[[Hole], Items | None]
    # The unit as a whole is one slot.
    is_rough: bool = False
    # It reaches out of itself: opens or closes elements around it.
    is_balanced: bool = True
    top: set[str] = field(default_factory=set)
    exposed: set[str] = field(default_factory=set)
    has_text: bool = False
    # </html> was seen: what follows, a browser puts back into the <body>.
    is_after_document: bool = False
    # How many branches are being read inside each other.
    depth: int = 0

    def unbalance(self) -> None:
        """A tag reaches out of the unit."""
        self.is_rough = True
        self.is_balanced = False

    def shape(self) -> Shape:
        """What the unit does to the elements around it."""
        return Shape(self.is_balanced, frozenset(self.top), self.has_text, frozenset(self.exposed))
