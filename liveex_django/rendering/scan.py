"""
Follows the open elements through a part, as a browser would, and notes where its holes stand.

From https://html.spec.whatwg.org/multipage/parsing.html, "Tree construction". What the standard does with markup that
nests as written, end tags that may be left out included, is followed; where it repairs (misnested formatting, text in
a table), the element in which the repair happens is **rough**: if it holds slots, it becomes one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from .elements import (
    BREAKOUT,
    BUTTON_SCOPE,
    CONTENT_OF,
    FORMATTING,
    HEADINGS,
    INTEGRATION,
    LIST_SCOPE,
    MARKERS,
    P_CLOSERS,
    RAW,
    SCOPE,
    SPECIAL,
    TABLE_LEVEL,
    TABLE_SCOPE,
    VOID,
)
from .hosted import HostedNode
from .outline import Hole, Items
from .part import Kind
from .place import Place, Shape, is_exposed, place_in
from .tags import IN_QUOTES, SPACE, At, Tag
from .tokens import Reader, State

# What _find gives when there is none.
_BEHIND_BARRIER = -1
_AT_ROOT = -2

_DEEPEST_GUESS = 6
_REFERENCE_REST = re.compile(r"[#0-9A-Za-z]*;?")


@dataclass(slots=True, eq=False)
class Element:
    """An open element."""

    name: str
    # Where it begins, in the positions of the scan that owns it.
    start: int
    owner: Scan | None
    tag: Tag | None = None
    is_foreign: bool = False
    # The browser made it: there is no start tag.
    is_implied: bool = False
    # What happens in it cannot be addressed.
    is_rough: bool = False
    has_elements: bool = False


@dataclass(slots=True)
class ContentRecord:
    """A hole between tags, or a stretch that is one slot because it cannot be divided."""

    start: int
    end: int
    place: Place
    # The scans of the hole's branches; None for a stretch.
    branches: list[Scan] | None = None
    opens_tbody: bool = False


@dataclass(slots=True)
class AttributesRecord:
    """Whole attributes of a start tag."""

    start: int
    end: int
    tag: Tag
    # Directly behind the tag's name.
    needs_space: bool
    before_slash: bool


@dataclass(slots=True)
class TextRecord:
    """The whole text of an element that holds nothing but text."""

    start: int
    end: int
    tag: Tag
    kind: Kind
    name: str


@dataclass(slots=True)
class UnitScan:
    """What the scans of one unit have in common."""

    # Texts that stood in a hole and did not fit, by its node.
    samples: dict[int, Sequence[str]]
    # The template behind an {% include %} or the default of a {% block %}, when it is known.
    guess: Callable[[Hole], Items | None]
    # The unit as a whole is one slot.
    is_rough: bool = False
    is_balanced: bool = True
    top: set[str] = field(default_factory=set)
    exposed: set[str] = field(default_factory=set)
    has_text: bool = False
    # </html> was seen: what follows, a browser puts back into the <body>.
    is_after_document: bool = False
    # How many guesses are being read inside each other.
    depth: int = 0

    def shape(self) -> Shape:
        return Shape(self.is_balanced, frozenset(self.top), self.has_text, frozenset(self.exposed))


class Scan:
    """One part, read from its first item to its last. Positions count characters; a hole is one."""

    def __init__(
        self, unit: UnitScan, items: Items, stack: Sequence[Element], reader: Reader, after_pre: bool = False
    ) -> None:
        self.unit = unit
        self.items = items
        self.stack = list(stack)
        self.reader = reader
        self.content: list[ContentRecord] = []
        self.stretches: list[ContentRecord] = []
        self.attributes: list[AttributesRecord] = []
        self.texts: list[TextRecord] = []
        self.position = 0
        # A <pre> was opened just now: a newline that follows is dropped.
        self._after_pre = after_pre
        # A stretch from "&…" over a hole, which what follows may belong to.
        self._reference: ContentRecord | None = None

    def run(self) -> Scan:
        """Read everything."""
        for item in self.items:
            if isinstance(item, str):
                if self._reference is not None:
                    self._reference.end += _REFERENCE_REST.match(item).end()  # type: ignore[union-attr]
                    self._reference = None
                self.reader.feed(item, self.position, self)
                self.position += len(item)
            else:
                self._hole(item)
                self.position += 1
        return self

    # Holes.

    def _hole(self, hole: Hole) -> None:
        reader = self.reader
        if reader.state is State.DATA:
            self._content_hole(hole)
        elif reader.state is State.TAG:
            self._tag_hole(hole)
        else:
            reader.hole()

    def _content_hole(self, hole: Hole) -> None:
        start = self.position
        self._note_hole(hole)
        outlines = self._possible_content(hole)
        branches = [self._branch(outline) for outline in outlines]
        opens_tbody = self._here.name == "table" and any(map(self._opened_rows, branches))
        if opens_tbody:
            self._push(Element("tbody", start, self, is_implied=True))
            branches = [self._branch(outline) for outline in outlines]
        drops_newline = self._after_pre
        self._after_pre = False
        wild = next((branch for branch in branches if not self._is_level(branch)), None)
        if wild is not None:
            self._wild_hole(wild)
            return
        if drops_newline and any(
            outline and outline[0][:1] in ("\n", "\r") for outline in outlines if _is_text(outline)
        ):
            self._here.is_rough = True
        place = place_in(self.stack, drops_newline)
        own = branches if hole.branches is not None else []
        self.content.append(ContentRecord(start, start + 1, place, own, opens_tbody))

    def _note_hole(self, hole: Hole) -> None:
        """What a hole between tags means for what is around it, whatever it holds."""
        if self.reader.open_reference is not None:
            # "&am{{ x }}" may be one character, which a marker would tear apart.
            self._reference = ContentRecord(self.reader.open_reference, self.position + 1, place_in(self.stack))
            self.stretches.append(self._reference)
            self.reader.open_reference = None
        if self._here.name == "html":
            self._here.is_rough = True
        if self.unit.is_after_document:
            self.unit.is_rough = True
        if len(self.stack) == 1 and hole.branches is None and not hole.is_unit:
            self.unit.has_text = True
        self._roughen_template()

    def _roughen_template(self) -> None:
        """What is in a <template> is not in the page, so nothing in it can be addressed."""
        for element in self.stack:
            if element.name == "template":
                element.is_rough = True
                return

    def _possible_content(self, hole: Hole) -> list[Items]:
        """What the hole may hold, as far as it is known before a render."""
        if hole.branches is not None:
            return list(hole.branches)
        outlines: list[Items] = [[sample] for sample in self.unit.samples.get(id(hole.node), ())]
        if isinstance(hole.node, HostedNode):
            outlines.append(["<div></div>"])
        # Templates may include each other without end.
        if self.unit.depth < _DEEPEST_GUESS:
            guess = self.unit.guess(hole)
            if guess is not None:
                outlines.append(guess)
        return outlines

    def _branch(self, items: Items) -> Scan:
        """Read what may stand in a hole, as a continuation of what was read so far."""
        self.unit.depth += 1
        branch = Scan(self.unit, items, self.stack, self.reader.copy(), self._after_pre).run()
        self.unit.depth -= 1
        return branch

    def _is_level(self, branch: Scan) -> bool:
        """Whether a branch leaves everything as it found it."""
        return branch.reader.state is State.DATA and branch.stack == self.stack

    def _opened_rows(self, branch: Scan) -> bool:
        """Whether a branch, in a <table>, made the browser open a <tbody>."""
        added = branch.stack[len(self.stack) :]
        return bool(added) and added[0].name == "tbody" and added[0].is_implied

    def _wild_hole(self, branch: Scan) -> None:
        """
        A branch opens or closes what the others, or the rest of the template, close or open.

        The reading goes on as if this branch were shown; everything that reaches into the hole becomes part of one
        stretch with it.
        """
        start = self.position
        common = 0
        while common < min(len(self.stack), len(branch.stack)) and self.stack[common] is branch.stack[common]:
            common += 1
        tag = self.reader.tag
        self._stretch_to_end_of_hole(start if tag is None else tag.start, self.stack)
        for number in range(common, len(self.stack)):
            closed = self.stack[number]
            if closed.owner is self:
                self._end_rough(closed, self.stack[:number], start + 1)
        for opened in branch.stack[common:]:
            opened.owner, opened.start, opened.is_rough = self, start if tag is None else tag.start, True
        self.stack = branch.stack
        self.reader = branch.reader
        if self.reader.tag is not None:
            self.reader.tag.start = start if tag is None else tag.start
            self.reader.tag.is_wild = True
        self.reader.start = start
        self.reader.has_hole = True

    def _stretch_to_end_of_hole(self, start: int, around: Sequence[Element]) -> None:
        self.stretches.append(ContentRecord(start, self.position + 1, place_in(around)))

    def _tag_hole(self, hole: Hole) -> None:
        tag = self.reader.tag
        if tag is None:
            raise AssertionError("the state says that a tag is being read")
        if tag.name is None or tag.is_end:
            # <{{ name }}> or </h{{ level }}>: which element it is, only a render knows.
            tag.name = None
            return
        if tag.at in IN_QUOTES and not tag.in_name:
            if _has_quotes(hole):
                tag.attributes[-1].names = None
            tag.hole(self.position, set())
            return
        try:
            names = None if hole.branches is None else _attribute_names(hole)
        except _TagEnds:
            branches = [self._branch(outline) for outline in hole.branches or ()]
            self._wild_hole(next((branch for branch in branches if branch.reader.tag is None), branches[0]))
            return
        if tag.in_name and hole.branches is not None and not _begins_with_space(hole):
            # <h{% if … %}1{% else %}2{% endif %}>
            tag.name = None
            return
        tag.hole(self.position, names)

    # What the reader tells.

    @property
    def _here(self) -> Element:
        return self.stack[-1]

    def in_foreign(self) -> bool:
        here = self._here
        return here.is_foreign and here.name not in INTEGRATION

    def text(self, start: int, source: str) -> None:
        self._after_pre = False
        if source.strip(SPACE) and not self._here.is_foreign:
            if len(self.stack) == 1:
                self.unit.has_text = True
            if self._here.name in CONTENT_OF and self._here.name not in ("select", "optgroup"):
                self._misplaced()

    def stretch(self, start: int, end: int) -> None:
        self.stretches.append(ContentRecord(start, end, place_in(self.stack)))

    def raw_text(self, start: int, end: int, has_hole: bool) -> None:
        element = self._here
        if not has_hole:
            return
        if element.owner is self and element.tag is not None and not element.tag.is_wild:
            self.texts.append(TextRecord(start, end, element.tag, RAW[element.name], element.name))
            self._roughen_template()
        else:
            element.is_rough = True

    def start_tag(self, tag: Tag) -> None:
        self._after_pre = False
        name = tag.name
        if name is None:
            self._here.has_elements = True
            self._push(Element("?", tag.start, self, tag, is_rough=True))
            return
        if name == "image":
            name = "img"
        if self.in_foreign():
            self._start_foreign(name, tag)
            return
        self._expose(name)
        self._make_room(name)
        self._here.has_elements = True
        self._open(name, tag)

    def end_tag(self, tag: Tag) -> None:
        self._after_pre = False
        name = tag.name
        if name is None:
            self._end_unknown(tag)
        elif self.in_foreign() and self._end_foreign(name, tag):
            pass
        elif name in TABLE_LEVEL:
            self._end_found(self._find((name,), TABLE_SCOPE), tag)
        elif name == "p":
            found = self._find(("p",), BUTTON_SCOPE)
            # Inside an element that ends a <p> there is none to end.
            if found != _AT_ROOT or self.stack[0].name not in P_CLOSERS:
                self._end_found(found, tag)
        elif name == "li":
            self._end_found(self._find(("li",), LIST_SCOPE), tag)
        elif name in HEADINGS:
            self._end_found(self._find(HEADINGS, SCOPE), tag)
        elif name in FORMATTING:
            self._end_formatting(name, tag)
        elif name == "form":
            self._end_form(tag)
        elif name == "br":
            self._expose("br")
        elif name not in VOID:
            self._end_found(self._find((name,), SCOPE if name in SPECIAL else SPECIAL), tag)

    # Start tags.

    def _start_foreign(self, name: str, tag: Tag) -> None:
        if name in BREAKOUT:
            while self.in_foreign() and len(self.stack) > 1:
                self._pop(tag.start, is_explicit=False)
            self._roughen()
            if self.in_foreign():
                self.unit.is_rough = True
                self.unit.is_balanced = False
                return
            self.start_tag(tag)
            return
        self._add_attributes(tag)
        if not tag.is_closed:
            self._push(Element(name, tag.start, self, tag, is_foreign=True))

    def _make_room(self, name: str) -> None:
        """Close what this start tag closes."""
        position = self.position
        if name in P_CLOSERS:
            found = self._find(("p",), BUTTON_SCOPE)
            if found > 0:
                self._close(found, position)
                if name == "table":
                    # Only when the page has a doctype.
                    self._roughen()
        if name in HEADINGS and self._here.name in HEADINGS:
            self._pop(position, is_explicit=False)
        elif name in ("li", "dd", "dt"):
            self._close_item(("li",) if name == "li" else ("dd", "dt"))
        elif name in ("option", "optgroup") and self._here.name == "option":
            self._pop(position, is_explicit=False)
        if (name == "optgroup" and self._here.name == "optgroup") or (
            name in ("rb", "rt", "rtc", "rp") and self._here.name in ("rb", "rt", "rtc", "rp")
        ):
            self._pop(position, is_explicit=False)
        elif name in ("a", "nobr") and self._find((name,), MARKERS) > 0:
            self._leak()
        elif (name == "button" and (found := self._find(("button",), SCOPE)) > 0) or (
            name in ("select", "input", "keygen", "textarea") and (found := self._find(("select",), SCOPE)) > 0
        ):
            self._close(found, position)
            self._roughen()
        if name in TABLE_LEVEL and name != "table":
            self._make_room_in_table(TABLE_LEVEL[name])
        elif name == "body" and self._here.name == "head":
            self._pop(position, is_explicit=False)
        if self._here.name in CONTENT_OF and name not in CONTENT_OF[self._here.name]:
            self._misplaced()

    def _make_room_in_table(self, level: int) -> None:
        found = self._find(TABLE_LEVEL, ("html", "template"), with_root=True)
        if found < 0:
            if self._here.name not in ("", "template"):
                self._misplaced()
            return
        while len(self.stack) > 1 and not self._takes_level(level):
            self._pop(self.position, is_explicit=False)
        if not self._takes_level(level):
            self._unbalance()
            return
        if level > 1 and self._here.name == "table":
            self._push(Element("tbody", self.position, self, is_implied=True))
        if level > 2 and self._here.name != "tr":
            self._push(Element("tr", self.position, self, is_implied=True))

    def _takes_level(self, level: int) -> bool:
        name = self._here.name
        return TABLE_LEVEL.get(name, 9) < level and name not in ("caption", "colgroup")

    def _close_item(self, names: tuple[str, ...]) -> None:
        for number in range(len(self.stack) - 1, 0, -1):
            element = self.stack[number]
            if element.name in names:
                self._close(number, self.position)
                return
            if element.name in SPECIAL and element.name not in ("address", "div", "p"):
                return

    def _open(self, name: str, tag: Tag) -> None:
        if name in ("frameset", "frame", "plaintext") or (
            name in ("html", "head", "body") and not self._may_open(name)
        ):
            self._unbalance()
            return
        if name == "form" and self._find(("form",), ("template",)) > 0:
            # Dropped, and its end tag ends the outer one.
            self._unbalance()
            return
        self._add_attributes(tag)
        if name in VOID:
            return
        self._push(Element(name, tag.start, self, tag, is_foreign=name in ("svg", "math")))
        if name in ("svg", "math") and tag.is_closed:
            self._pop(tag.end, is_explicit=True)
        elif name in RAW:
            self.reader.read_raw(name, tag.end)
        self._after_pre = name in ("pre", "listing")

    def _may_open(self, name: str) -> bool:
        here = self._here.name
        return (name == "html" and not here and len(self.stack) == 1) or (name != "html" and here in ("html", ""))

    def _add_attributes(self, tag: Tag) -> None:
        runs = tag.runs()
        if not runs:
            return
        if tag.is_wild:
            self._roughen()
            return
        self._roughen_template()
        self.attributes += [
            AttributesRecord(run.start, run.end, tag, run.start == tag.name_end, run.before_slash) for run in runs
        ]

    # End tags.

    def _end_found(self, found: int, tag: Tag) -> None:
        if found == _AT_ROOT:
            self._unbalance()
        elif found > 0:
            self._close(found, tag.start, tag)

    def _end_formatting(self, name: str, tag: Tag) -> None:
        found = self._find((name,), MARKERS)
        if found == _AT_ROOT:
            self._unbalance()
        elif found > 0 and found == len(self.stack) - 1:
            self._pop(tag.end, is_explicit=True)
        elif found > 0:
            # The "adoption agency": the tree is not what the tags say.
            self._leak()
            del self.stack[found]

    def _end_form(self, tag: Tag) -> None:
        found = self._find(("form",), SCOPE)
        if found > 0 and found < len(self.stack) - 1 and self.stack[-1].name not in ("p", "li", "dd", "dt", "option"):
            # Taken out of the open elements; those inside it stay open.
            self.stack[found - 1].is_rough = True
            if found == 1:
                self.unit.is_rough = True
            del self.stack[found]
        else:
            self._end_found(found, tag)

    def _end_foreign(self, name: str, tag: Tag) -> bool:
        for number in range(len(self.stack) - 1, 0, -1):
            element = self.stack[number]
            if not element.is_foreign:
                return False
            if element.name == name:
                self._close(number, tag.start, tag)
                return True
        return False

    def _end_unknown(self, tag: Tag) -> None:
        if self._here.name == "?":
            self._pop(tag.end, is_explicit=True)
        else:
            self._unbalance()

    # Open elements.

    def _find(self, names: Collection[str], barriers: Collection[str], with_root: bool = False) -> int:
        """The index of the innermost of these, ``_BEHIND_BARRIER``, or ``_AT_ROOT`` when it may be further out."""
        for number in range(len(self.stack) - 1, -1 if with_root else 0, -1):
            element = self.stack[number]
            if element.name in names:
                return number
            if element.name in barriers:
                return _BEHIND_BARRIER
        return _AT_ROOT

    def _push(self, element: Element) -> None:
        self.stack.append(element)

    def _close(self, found: int, position: int, tag: Tag | None = None) -> None:
        """Close the element at this index and those inside it; by its own end tag when one is given."""
        while len(self.stack) - 1 > found:
            if self._here.name in FORMATTING and self.stack[found].name not in MARKERS:
                self._leak_from(found)
            self._pop(position, is_explicit=False)
        if tag is None:
            self._pop(position, is_explicit=False)
        else:
            self._pop(tag.end, is_explicit=True, text_end=tag.start)

    def _pop(self, position: int, is_explicit: bool, text_end: int | None = None) -> None:
        element = self.stack.pop()
        if element.name == "html" and not element.is_foreign:
            self.unit.is_after_document = True
        if element.name == "option" and element.owner is self:
            self._end_option(element, position if text_end is None else text_end)
        if element.owner is not self:
            if not is_explicit:
                self._roughen()
        elif element.is_rough:
            if is_explicit and not element.is_implied:
                self._end_rough(element, self.stack, position)
            else:
                self._roughen()

    def _end_rough(self, element: Element, around: Sequence[Element], position: int) -> None:
        if element.is_implied:
            _roughen_innermost(self.unit, around)
        else:
            self.stretches.append(ContentRecord(element.start, position, place_in(around)))

    def _end_option(self, element: Element, end: int) -> None:
        """The text of an <option> is one slot; one with elements in it is one as a whole."""
        tag = element.tag
        if tag is None or element.is_rough:
            return
        inside = [record for record in self.content if tag.end <= record.start < end]
        if not inside:
            return
        if element.has_elements or tag.is_wild or "<" in self._static_text(tag.end, end):
            element.is_rough = True
        else:
            self.content = [record for record in self.content if record not in inside]
            self.texts.append(TextRecord(tag.end, end, tag, Kind.TEXT, "option"))

    def _static_text(self, start: int, end: int) -> str:
        texts, position = [], 0
        for item in self.items:
            length = len(item) if isinstance(item, str) else 1
            if isinstance(item, str):
                texts.append(item[max(0, start - position) : max(0, end - position)])
            position += length
        return "".join(texts)

    # Where the tree is not what the tags say.

    def _roughen(self) -> None:
        """The innermost open element cannot be divided."""
        _roughen_innermost(self.unit, self.stack)

    def _misplaced(self) -> None:
        """Something stands straight in a table or the like; the browser moves or drops it."""
        for number in range(len(self.stack) - 1, 0, -1):
            if self.stack[number].name in ("table", "select", "html"):
                self.stack[number].is_rough = True
                return
        self.unit.is_rough = True

    def _leak(self) -> None:
        self._leak_from(len(self.stack))

    def _leak_from(self, end: int) -> None:
        """A formatting element goes on behind the element it was written in, as far as the next table cell or the like."""
        for number in range(end - 1, 0, -1):
            if self.stack[number].name in MARKERS:
                self.stack[number].is_rough = True
                return
        self.unit.is_rough = True
        self.unit.is_balanced = False

    def _unbalance(self) -> None:
        """A tag that reaches out of the unit."""
        self.unit.is_rough = True
        self.unit.is_balanced = False

    def _expose(self, name: str) -> None:
        if len(self.stack) == 1:
            self.unit.top.add(name)
        if is_exposed(self.stack):
            self.unit.exposed.add(name)


def _roughen_innermost(unit: UnitScan, stack: Sequence[Element]) -> None:
    if len(stack) > 1:
        stack[-1].is_rough = True
    else:
        unit.is_rough = True


def _is_text(items: Items) -> bool:
    return bool(items) and isinstance(items[0], str)


class _TagEnds(Exception):
    """A branch of a hole in a tag ends that tag."""


def _attribute_names(hole: Hole) -> set[str] | None:
    """
    The names of the attributes a hole in a tag may hold; None when they depend on a value.

    Raises:
        _TagEnds: A branch does not stay in the tag.
    """
    together: set[str] | None = set()
    for branch in hole.branches or ():
        names = _names_in(branch)
        together = None if names is None or together is None else together | names
    return together


def _names_in(items: Items) -> set[str] | None:
    tag = Tag(0, in_name=False)
    for item in items:
        if isinstance(item, Hole):
            in_value = tag.at in IN_QUOTES or tag.at is At.BEFORE_VALUE
            tag.hole(0, set() if in_value else None if item.branches is None else _attribute_names(item))
        elif tag.read(item, 0, 0) >= 0:
            raise _TagEnds
    if tag.at in IN_QUOTES:
        return None
    tag.leave(0)
    names: set[str] = set()
    for attribute in tag.attributes:
        if attribute.names is None:
            return None
        names |= attribute.names
    return names


def _begins_with_space(hole: Hole) -> bool:
    """Whether every branch that is not empty begins with what ends the name of a tag."""
    for branch in hole.branches or ():
        if not branch:
            continue
        first = branch[0]
        if isinstance(first, Hole):
            if first.branches is None or not _begins_with_space(first):
                return False
        elif first[0] not in SPACE and first[0] != "/":
            return False
    return True


def _has_quotes(hole: Hole) -> bool:
    """Whether a branch could end a quoted value."""
    for branch in hole.branches or ():
        for item in branch:
            if _has_quotes(item) if isinstance(item, Hole) else '"' in item or "'" in item:
                return True
    return False
