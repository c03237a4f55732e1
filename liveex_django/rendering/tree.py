"""
What tags and text do to the open elements, as in a browser.

From https://html.spec.whatwg.org/multipage/parsing.html, "Tree construction". What the standard does with markup that
nests as written, end tags that may be left out included, is followed; where it repairs (misnested formatting, text
straight in a table), an element is made rough.
"""

from __future__ import annotations

from collections.abc import Sequence

from .elements import (
    BREAKOUT,
    BUTTON_SCOPE,
    CONTENT_OF,
    ENDED_IN_SCOPE,
    FORMATTING,
    HEADINGS,
    INTEGRATION,
    LIST_SCOPE,
    MARKERS,
    P_CLOSERS,
    RAW,
    RUBY,
    SCOPE,
    SPECIAL,
    TABLE_LEVEL,
    TABLE_SCOPE,
    VOID,
)
from .findings import AttributesFinding, Element, TextFinding, UnitFindings
from .open_elements import AT_ROOT, OpenElements
from .outline import Items
from .tags import SPACE, Tag
from .tokens import Reader


class Tree(OpenElements):
    """The sink of a ``Reader``."""

    def __init__(self, unit: UnitFindings, items: Items, stack: Sequence[Element], reader: Reader) -> None:
        super().__init__(unit, items, stack)
        self.reader = reader
        # A <pre> was opened just now: a newline that follows is dropped.
        self.is_after_pre = False

    def in_foreign(self) -> bool:
        return self.here.is_foreign and self.here.name not in INTEGRATION

    def text(self, start: int, source: str) -> None:
        self.is_after_pre = False
        if not source.strip(SPACE) or self.here.is_foreign:
            return
        if self.is_at_root:
            self.unit.has_text = True
        if self.here.name in CONTENT_OF and self.here.name not in ("select", "optgroup"):
            self.misplace()

    def stretch(self, start: int, end: int) -> None:
        self.add_stretch(start, end, self.stack)

    def raw_text(self, start: int, end: int, has_hole: bool) -> None:
        if not has_hole:
            return
        element = self.here
        if element.owner is self and element.tag is not None and not element.tag.is_wild:
            self.texts.append(TextFinding(start, end, element.tag, RAW[element.name], element.name))
            self.roughen_template()
        else:
            element.is_rough = True

    # Start tags.

    def start_tag(self, tag: Tag) -> None:
        self.is_after_pre = False
        name = "img" if tag.name == "image" else tag.name
        if name is None:
            # <{{ name }}>: taken for an element with an end tag; a render checks that.
            self.here.has_elements = True
            self.stack.append(Element("?", tag.start, self, tag, is_rough=True))
        elif self.in_foreign():
            self._start_foreign(name, tag)
        else:
            self.expose(name)
            self._make_room(name, tag.start)
            self.here.has_elements = True
            self._open(name, tag)

    def _start_foreign(self, name: str, tag: Tag) -> None:
        if name not in BREAKOUT:
            self._add_attributes(tag)
            if not tag.is_closed:
                self.stack.append(Element(name, tag.start, self, tag, is_foreign=True))
            return
        if self._leave_foreign(tag.start):
            self.start_tag(tag)

    def _leave_foreign(self, position: int) -> bool:
        """Close what is open of SVG or MathML, as a tag of HTML does; False when it is all around the unit."""
        while self.in_foreign() and not self.is_at_root:
            self.pop(position, is_explicit=False)
        self.roughen()
        if self.in_foreign():
            self.unit.unbalance()
        return not self.in_foreign()

    def _make_room(self, name: str, position: int) -> None:
        """Close what a start tag closes, and see whether it may stand where it then stands."""
        if name in P_CLOSERS and (found := self.find(("p",), BUTTON_SCOPE)) > 0:
            self.close(found, position)
            if name == "table":
                # Only in a page with a doctype.
                self.roughen()
        if name in ("li", "dd", "dt"):
            self._close_item(("li",) if name == "li" else ("dd", "dt"), position)
        elif name in ("a", "nobr") and self.find((name,), MARKERS) > 0:
            self.leak_from(len(self.stack))
        elif name == "button" and (found := self.find(("button",), SCOPE)) > 0:
            self.close(found, position)
            self.roughen()
        elif name in ("select", "input", "keygen", "textarea"):
            if self.find(("select",), SCOPE) > 0:
                # It ends there, and the end tag that was meant for it is another one's.
                self.unit.unbalance()
        elif name in TABLE_LEVEL:
            self._make_room_in_table(name, position)
        else:
            self._close_sibling(name, position)
        if self.here.name in CONTENT_OF and name not in CONTENT_OF[self.here.name]:
            self.misplace()

    def _close_sibling(self, name: str, position: int) -> None:
        """What ends only an element right before it."""
        if name in ("option", "optgroup") and self.here.name == "option":
            self.pop(position, is_explicit=False)
        for several in (HEADINGS, RUBY, ("optgroup",)):
            if name in several and self.here.name in several:
                self.pop(position, is_explicit=False)
        if name == "body" and self.here.name == "head":
            self.pop(position, is_explicit=False)

    def _close_item(self, names: Sequence[str], position: int) -> None:
        for number in range(len(self.stack) - 1, 0, -1):
            name = self.stack[number].name
            if name in names:
                self.close(number, position)
                return
            if name in SPECIAL and name not in ("address", "div", "p"):
                return

    def _make_room_in_table(self, name: str, position: int) -> None:
        found = self.find(TABLE_LEVEL, TABLE_SCOPE, with_root=True)
        if name == "table":
            if found >= 0 and self.stack[found].name not in ("td", "th", "caption"):
                # Between the rows of a table another one ends it.
                self.unit.unbalance()
            return
        if found < 0:
            if self.here.name not in ("", "template"):
                self.misplace()
            return
        level = TABLE_LEVEL[name]
        while not self.is_at_root and not self._takes_level(level):
            self.note_unclosed(len(self.stack) - 1)
            self.pop(position, is_explicit=False)
        if not self._takes_level(level):
            self.unit.unbalance()
            return
        if level > 1 and self.here.name == "table":
            self.stack.append(Element("tbody", position, self, is_implied=True))
        if level > 2 and self.here.name != "tr":
            self.stack.append(Element("tr", position, self, is_implied=True))

    def _takes_level(self, level: int) -> bool:
        name = self.here.name
        return TABLE_LEVEL.get(name, 9) < level and name not in ("caption", "colgroup")

    def _open(self, name: str, tag: Tag) -> None:
        if not self._may_open(name):
            self.unit.unbalance()
            return
        self._add_attributes(tag)
        if name in VOID:
            return
        self.stack.append(Element(name, tag.start, self, tag, is_foreign=name in ("svg", "math")))
        if self.here.is_foreign and tag.is_closed:
            self.pop(tag.end, is_explicit=True)
        elif name in RAW:
            self.reader.read_raw(name, tag.end)
        self.is_after_pre = name in ("pre", "listing")

    def _may_open(self, name: str) -> bool:
        """Whether the tag is not dropped, nor changes everything that follows."""
        if name == "html":
            return self.is_at_root and not self.here.name
        if name in ("head", "body"):
            return self.here.name in ("html", "")
        if name == "form":
            # An inner one is dropped, and its end tag ends the outer one.
            return self.find(("form",), ("template",)) < 0
        return name not in ("frameset", "frame", "plaintext")

    def _add_attributes(self, tag: Tag) -> None:
        runs = tag.runs()
        if tag.is_wild and runs:
            self.roughen()
        elif runs:
            self.roughen_template()
            self.attributes += [AttributesFinding(run.start, run.end, tag) for run in runs]

    # End tags.

    def end_tag(self, tag: Tag) -> None:
        self.is_after_pre = False
        name = tag.name
        if name is None:
            self._end_unknown(tag)
        elif self.in_foreign() and name in ("p", "br"):
            if self._leave_foreign(tag.start):
                self.end_tag(tag)
        elif self.here.is_foreign and self._end_foreign(name, tag):
            pass
        elif name in TABLE_LEVEL:
            self._end_found(self.find((name,), TABLE_SCOPE), tag)
        elif name == "p":
            self._end_paragraph(tag)
        elif name == "li":
            self._end_found(self.find(("li",), LIST_SCOPE), tag)
        elif name in HEADINGS:
            self._end_found(self.find(HEADINGS, SCOPE), tag)
        elif name in FORMATTING:
            self._end_formatting(name, tag)
        elif name == "form":
            self._end_form(tag)
        elif name == "br":
            self.expose("br")
        elif name not in VOID:
            self._end_found(self.find((name,), SCOPE if name in ENDED_IN_SCOPE else SPECIAL), tag)

    def _end_found(self, found: int, tag: Tag) -> None:
        if found == AT_ROOT:
            self.unit.unbalance()
        elif found > 0:
            self.close_by_tag(found, tag.start, tag.end)

    def _end_paragraph(self, tag: Tag) -> None:
        found = self.find(("p",), BUTTON_SCOPE)
        if found == AT_ROOT:
            # Where none is open around the unit either, it makes an empty one.
            self.expose("p")
        else:
            self._end_found(found, tag)

    def _end_formatting(self, name: str, tag: Tag) -> None:
        found = self.find((name,), MARKERS)
        if found == len(self.stack) - 1 or found < 0:
            self._end_found(found, tag)
        else:
            # The "adoption agency": elements are opened again behind this tag.
            self.leak_from(len(self.stack))
            del self.stack[found]

    def _end_form(self, tag: Tag) -> None:
        found = self.find(("form",), SCOPE)
        if 0 < found < len(self.stack) - 1 and self.here.name not in ("p", "li", "dd", "dt", "option"):
            # Taken out of the open elements; those inside it stay open.
            self.roughen(self.stack[:found])
            del self.stack[found]
        else:
            self._end_found(found, tag)

    def _end_foreign(self, name: str, tag: Tag) -> bool:
        for number in range(len(self.stack) - 1, 0, -1):
            element = self.stack[number]
            if not element.is_foreign:
                return False
            if element.name == name:
                self.close_by_tag(number, tag.start, tag.end)
                return True
        return False

    def _end_unknown(self, tag: Tag) -> None:
        if self.here.name == "?":
            self.pop(tag.end, is_explicit=True)
        else:
            self.unit.unbalance()
