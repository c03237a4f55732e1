"""
Where the slots of a page are: docs/protocol.md, section 1. Reads the markers of a region into parts and slots.

What is below an ``lx-view`` is another view's, and what is below ``lx-ignore`` is nobody's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .document import Node, is_comment, is_element

VIEW = "lx-view"
REGION = "lx-region"
TOKEN = "lx-token"  # noqa: S105 - the name of an attribute
DIGEST = "lx-digest"
SLOTS = "lx-e"
IGNORE = "lx-ignore"

MARKER_ATTRIBUTES = frozenset({VIEW, REGION, TOKEN, DIGEST, SLOTS})

SLOT_START, SLOT_END, ROW_START = "[", "]", ":"


class AddressLost(Exception):
    """A slot is not where a diff says, so the view has to be sent whole. Never leaves the package."""


@dataclass
class Part:
    """
    The slots of one part by number: elements for slots in start tags and text-only elements. ``hides`` says that a slot
    that is not found may stand where nobody looks.
    """

    slots: "dict[int, ContentSlot | Node]" = field(default_factory=dict)
    hides: bool = False

    def find(self, number: int) -> "ContentSlot | Node | None":
        """
        The slot, None when it is hidden.

        Raises:
            AddressLost: The page has no such slot.
        """
        slot = self.slots.get(number)
        if slot is None and not self.hides:
            raise AddressLost(f"slot {number} is not in the page")
        return slot


@dataclass
class Row(Part):
    """A row of a loop: its comment, and the nodes up to the next one."""

    nodes: list[Node] = field(default_factory=list)


@dataclass
class ContentSlot:
    """What stands between two comments: a part, the rows of a loop, or plain content."""

    start: Node
    end: Node = None
    body: Part = field(default_factory=Part)
    rows: list[Row] = field(default_factory=list)


def read_region(wrapper: Node) -> Part:
    """The part that a region's wrapper holds."""
    part = Part()
    _read_level(wrapper, part)
    return part


def read_rows(nodes: Iterable[Node]) -> list[Row]:
    """The rows that some siblings are."""
    loop = ContentSlot(None)
    _read_siblings(nodes, Part(), [(loop, Part())])
    return loop.rows


def _read_level(parent: Node, part: Part) -> None:
    _read_siblings(parent, part, [])


def _read_siblings(nodes: Iterable[Node], part: Part, open_slots: list[tuple[ContentSlot, Part]]) -> None:
    outermost = len(open_slots)
    current = part
    for node in nodes:
        if is_comment(node):
            current = _read_comment(node, current, open_slots, outermost)
        elif is_element(node):
            _read_element(node, current)
        for slot, _ in open_slots:
            if slot.rows:
                slot.rows[-1].nodes.append(node)
    if len(open_slots) > outermost:
        raise AddressLost("a slot has no end")


def _read_comment(comment: Node, current: Part, open_slots: list[tuple[ContentSlot, Part]], outermost: int) -> Part:
    text = comment.text or ""
    if text == ROW_START:
        if not open_slots:
            raise AddressLost("a row is not in a loop")
        row = Row()
        open_slots[-1][0].rows.append(row)
        return row
    if text == SLOT_END:
        if len(open_slots) == outermost:
            raise AddressLost("a slot has an end and no start")
        slot, owner = open_slots.pop()
        slot.end = comment
        return owner
    if not text.startswith(SLOT_START) or not text[1:].isdigit():
        return current
    slot = ContentSlot(comment)
    current.slots[int(text[1:])] = slot
    open_slots.append((slot, current))
    return slot.body


def _read_element(element: Node, part: Part) -> None:
    if element.get(VIEW) is not None:
        return
    for number in (element.get(SLOTS) or "").split():
        part.slots[int(number)] = element
    if element.get(IGNORE) is not None or element.tag == "noscript":
        part.hides = True
    else:
        _read_level(element, part)
