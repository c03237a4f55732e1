"""
The open elements at a place in a template, and what happens when they end.

Where the browser's tree is not what the tags say, an element is made **rough**: if it holds slots, it becomes one slot
as a whole. So a doubt costs precision, never a wrong address.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .elements import FORMATTING, INTEGRATION, MARKERS, TABLE_SCOPE
from .findings import (
    AttributesFinding,
    ContentFinding,
    Element,
    StretchFinding,
    TextFinding,
    UnitFindings,
)
from .outline import Items
from .part import Kind
from .place import is_exposed, place_in

# What find gives when there is none.
BEHIND_BARRIER = -1
AT_ROOT = -2


class OpenElements:
    """The stack, the root first, and what was found out so far. Positions count characters; a hole is one."""

    def __init__(self, unit: UnitFindings, items: Items, stack: Sequence[Element]) -> None:
        self.unit = unit
        self.items = items
        self.stack = list(stack)
        self.content: list[ContentFinding] = []
        self.stretches: list[StretchFinding] = []
        self.attributes: list[AttributesFinding] = []
        self.texts: list[TextFinding] = []

    @property
    def here(self) -> Element:
        """The innermost one."""
        return self.stack[-1]

    @property
    def is_at_root(self) -> bool:
        return len(self.stack) == 1

    def find(self, names: Collection[str], barriers: Collection[str], with_root: bool = False) -> int:
        """
        The index of the innermost element with one of these names.

        ``BEHIND_BARRIER`` when an element that ends the search comes first, ``AT_ROOT`` when the answer is outside
        of the unit.
        """
        for number in range(len(self.stack) - 1, -1 if with_root else 0, -1):
            element = self.stack[number]
            if element.is_foreign:
                if element.name in INTEGRATION and barriers is not TABLE_SCOPE:
                    return BEHIND_BARRIER
            elif element.name in names:
                return number
            elif element.name in barriers:
                return BEHIND_BARRIER
        return AT_ROOT

    def close(self, found: int, position: int) -> None:
        """End the element at this index, and those inside it, because of something that starts at ``position``."""
        self._close_inside(found, position)
        self.pop(position, is_explicit=False)

    def close_by_tag(self, found: int, start: int, end: int) -> None:
        """The same, by the end tag that stands here."""
        self._close_inside(found, start)
        self.pop(end, is_explicit=True, text_end=start)

    def _close_inside(self, found: int, position: int) -> None:
        while len(self.stack) - 1 > found:
            self.note_unclosed(found)
            self.pop(position, is_explicit=False)

    def note_unclosed(self, found: int) -> None:
        """The innermost element ends with the one at this index, without an end tag of its own."""
        if self.here.name in FORMATTING and self.stack[found].name not in MARKERS:
            self.leak_from(found)
        elif self.here.name == "select":
            # Older browsers drop a tag that would end something around the <select>, newer ones do not.
            self.unit.unbalance()

    def pop(self, position: int, is_explicit: bool, text_end: int | None = None) -> None:
        """End the innermost element at ``position``."""
        element = self.stack.pop()
        if element.name == "html" and not element.is_foreign:
            self.unit.is_after_document = True
        if element.name == "option" and element.owner is self:
            self._end_option(element, position if text_end is None else text_end)
        if element.owner is not self:
            # Its start is in another part, whose scan sees that it is gone.
            if not is_explicit:
                self.roughen()
        elif element.is_rough:
            if is_explicit:
                self.end_rough(element, self.stack, position)
            else:
                # Where it ends there is no place for a marker outside of it.
                self.roughen()

    def end_rough(self, element: Element, around: Sequence[Element], position: int) -> None:
        """A rough element was closed by an end tag; it becomes one slot."""
        if element.is_implied:
            self.roughen(around)
        else:
            self.add_stretch(element.start, position, around)

    def add_stretch(self, start: int, end: int, around: Sequence[Element]) -> None:
        """What stands here, inside these elements, is one slot."""
        self.stretches.append(StretchFinding(start, end, place_in(around)))
        self.roughen_template(around)

    def _end_option(self, element: Element, end: int) -> None:
        """The text of an <option> is one slot; one with elements in it is one as a whole."""
        tag = element.tag
        if tag is None or element.is_rough:
            return
        inside = [finding for finding in self.content if tag.end <= finding.start < end]
        if not inside:
            return
        if element.has_elements or tag.is_wild or "<" in self._static_text(tag.end, end):
            element.is_rough = True
        else:
            self.content = [finding for finding in self.content if finding not in inside]
            self.texts.append(TextFinding(tag.end, end, tag, Kind.TEXT, "option"))

    def _static_text(self, start: int, end: int) -> str:
        texts, position = [], 0
        for item in self.items:
            if isinstance(item, str):
                texts.append(item[max(0, start - position) : max(0, end - position)])
            position += len(item) if isinstance(item, str) else 1
        return "".join(texts)

    # Where the tree is not what the tags say.

    def roughen(self, around: Sequence[Element] | None = None) -> None:
        """The innermost element cannot be divided; at the root, the whole unit."""
        elements = self.stack if around is None else around
        if len(elements) > 1:
            elements[-1].is_rough = True
        else:
            self.unit.is_rough = True

    def roughen_template(self, around: Sequence[Element] | None = None) -> None:
        """What is in a <template> is not in the page, so nothing in it can be addressed."""
        for element in self.stack if around is None else around:
            if element.name == "template":
                element.is_rough = True
                return

    def misplace(self) -> None:
        """Something stands straight in a table or the like; the browser moves or drops it."""
        for element in reversed(self.stack[1:]):
            if element.name in ("table", "select", "html"):
                element.is_rough = True
                return
        self.unit.is_rough = True

    def leak_from(self, end: int) -> None:
        """
        A formatting element that is open below this index goes on behind the element it was written in, as far as the
        next table cell or the like.
        """
        for element in reversed(self.stack[1:end]):
            if element.name in MARKERS:
                element.is_rough = True
                return
        self.unit.unbalance()

    def expose(self, name: str) -> None:
        """An element stands here: those around the unit may take offence."""
        if self.is_at_root:
            self.unit.top.add(name)
        if is_exposed(self.stack):
            self.unit.exposed.add(name)
