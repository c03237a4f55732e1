"""
From a template's outline to its parts: which stretches are slots, and the markers that address them.

Where the holes stand is found by scan.py; here the source is cut accordingly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .attributes import parse_attributes
from .checked import AttributesSlot, CheckedSlot, MarkupSlot, RawTextSlot, checked_content
from .findings import AttributesFinding, ContentFinding, Element, StretchFinding, TextFinding, UnitFindings
from .outline import Hole, Items
from .part import Kind, Part
from .place import ANYWHERE, Place, Shape
from .scan import Scan
from .slots import Slot, TextSlot
from .tags import SPACE
from .tokens import Reader, State

# Where a marker begins and ends in content: docs/protocol.md, section 1. {} is the number of the slot.
_OPENING = "<!--[{}-->"
_CLOSING = "<!--]-->"
# A fragment longer than this is looked at again each time, so that the cache stays small: 4096 x 2 kB.
_CACHED_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class Layout:
    """A unit, laid out."""

    part: Part
    shape: Shape


def lay_out(
    items: Items,
    samples: Mapping[int, Sequence[str]],
    guess: Callable[[Hole], Items | None],
    # The element around the unit, when it is known.
    inside: str = "",
    is_foreign: bool = False,
) -> Layout:
    """
    The parts of a unit; one single slot when its markup cannot be followed.

    ``samples`` are texts that an earlier render found in a hole, by the id of its node.
    """
    unit = UnitFindings(samples, guess)
    root = Element(inside, 0, None, is_foreign=is_foreign)
    scan = Scan(unit, items, [root], Reader()).run()
    if scan.reader.state is not State.DATA or scan.stack != [root]:
        unit.is_rough = True
    if unit.is_rough:
        return Layout(whole_part(items, Place(is_foreign=is_foreign)), Shape(is_balanced=False))
    return Layout(_part(scan), unit.shape())


def shape_of(html: str, is_foreign: bool) -> Shape:
    """What a piece of HTML does to the elements around it."""
    return _short_shape(html, is_foreign) if len(html) < _CACHED_LENGTH else _shape(html, is_foreign)


def _shape(html: str, is_foreign: bool) -> Shape:
    unit = UnitFindings({}, lambda hole: None)
    root = Element("", 0, None, is_foreign=is_foreign)
    scan = Scan(unit, [html], [root], Reader()).run()
    if unit.is_rough or scan.reader.state is not State.DATA or scan.stack != [root]:
        unit.is_balanced = False
    return unit.shape()


_short_shape = lru_cache(maxsize=4096)(_shape)


def whole_part(items: Items, place: Place = ANYWHERE) -> Part:
    """A part that is one slot."""
    return Part(["", ""], [_OPENING.format(0), _CLOSING], [Kind.CONTENT], [MarkupSlot(_pieces(items), place)])


@dataclass(slots=True)
class _Cut:
    """A slot to be, and where its text starts and ends."""

    start: int
    end: int
    kind: Kind
    slot: Slot
    opens_tbody: bool = False
    # Where its element's lx-e stands, for a slot in a tag or in text.
    attribute_at: int | None = None
    # For a slot in a tag: where its element begins, and whether its id is in the slot.
    element_at: int | None = None
    has_id: bool = False


@dataclass(slots=True)
class _Source:
    """The items of a part as one source, to be cut by position."""

    items: Items
    starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        position = 0
        for item in self.items:
            self.starts.append(position)
            position += len(item) if isinstance(item, str) else 1
        self.starts.append(position)

    def between(self, start: int, end: int) -> Items:
        """The items from one position to another."""
        found: Items = []
        for item, begin, finish in zip(self.items, self.starts, self.starts[1:], strict=False):
            if finish <= start or begin >= end:
                continue
            found.append(item[max(start - begin, 0) : end - begin] if isinstance(item, str) else item)
        return found

    def has_hole(self, start: int, end: int) -> bool:
        return any(isinstance(item, Hole) for item in self.between(start, end))

    def text(self, start: int, end: int) -> str:
        """The same, where there are no holes."""
        items = self.between(start, end)
        if not all(isinstance(item, str) for item in items):
            raise AssertionError("a hole is outside of every slot")
        return "".join(str(item) for item in items)


def _part(scan: Scan) -> Part:
    source = _Source(scan.items)
    stretches = [stretch for stretch in _merged(scan.stretches) if source.has_hole(stretch.start, stretch.end)]

    def is_free(start: int) -> bool:
        return not any(stretch.start <= start < stretch.end for stretch in stretches)

    cuts = [_stretch_cut(stretch, source) for stretch in stretches]
    cuts += [_content_cut(finding, source) for finding in scan.content if is_free(finding.start)]
    cuts += [_attributes_cut(finding, source) for finding in scan.attributes if is_free(finding.start)]
    cuts += [_text_cut(finding, source) for finding in scan.texts if is_free(finding.start)]
    cuts.sort(key=lambda cut: cut.start)
    return _assemble(cuts, source)


def _assemble(cuts: Sequence[_Cut], source: _Source) -> Part:
    addresses: dict[int, list[int]] = {}
    for number, cut in enumerate(cuts):
        if cut.attribute_at is not None:
            addresses.setdefault(cut.attribute_at, []).append(number)
    statics, marked, position, before = [], [], 0, ""
    for number, cut in enumerate(cuts):
        statics.append(source.text(position, cut.start))
        text = before + _with_addresses(source, position, cut.start, addresses)
        if cut.opens_tbody:
            text += "<tbody>"
        is_content = cut.kind is Kind.CONTENT
        marked.append(text + _OPENING.format(number) if is_content else text)
        before = _CLOSING if is_content else ""
        position = cut.end
    statics.append(source.text(position, source.starts[-1]))
    marked.append(before + _with_addresses(source, position, source.starts[-1], addresses))
    return Part(statics, marked, [cut.kind for cut in cuts], [cut.slot for cut in cuts], _key(cuts, source))


def _key(cuts: Sequence[_Cut], source: _Source) -> int | None:
    """The number of the slot that holds the id of the part's first element, or all that the part shows first."""
    for number, cut in enumerate(cuts):
        if cut.element_at is None:
            # What another template or a branch shows may begin with an element that has one.
            is_first = number == 0 and not isinstance(cut.slot, CheckedSlot) and _is_bare(source.between(0, cut.start))
            return number if is_first else None
        if cut.has_id:
            return number if _is_bare(source.between(0, cut.element_at)) else None
    return None


def _is_bare(items: Items) -> bool:
    """Whether there is nothing but text."""
    return all(isinstance(item, str) and "<" not in item for item in items)


def _with_addresses(source: _Source, start: int, end: int, addresses: dict[int, list[int]]) -> str:
    """
    The text between two slots, with the lx-e that belong into it.

    One may stand at its very end, where a slot follows a tag's name without a space, and then none at the start of the next.
    """
    text, position = "", start
    for place in sorted(place for place in addresses if start < place <= end):
        numbers = " ".join(map(str, addresses[place]))
        text += f'{source.text(position, place)} lx-e="{numbers}"'
        position = place
    return text + source.text(position, end)


def _merged(stretches: Iterable[StretchFinding]) -> list[StretchFinding]:
    """Stretches that overlap are one."""
    merged: list[StretchFinding] = []
    for stretch in sorted(stretches, key=lambda stretch: (stretch.start, -stretch.end)):
        if merged and stretch.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = StretchFinding(last.start, max(last.end, stretch.end), last.place)
        else:
            merged.append(stretch)
    return merged


def _stretch_cut(finding: StretchFinding, source: _Source) -> _Cut:
    pieces = _pieces(source.between(finding.start, finding.end))
    return _Cut(finding.start, finding.end, Kind.CONTENT, MarkupSlot(pieces, finding.place))


def _content_cut(finding: ContentFinding, source: _Source) -> _Cut:
    (hole,) = source.between(finding.start, finding.end)
    if isinstance(hole, str):
        raise AssertionError("a finding in content is about a hole")
    slot = hole.slot([_part(branch) for branch in finding.branches or ()])
    return _Cut(finding.start, finding.end, Kind.CONTENT, checked_content(slot, finding.place), finding.opens_tbody)


def _attributes_cut(finding: AttributesFinding, source: _Source) -> _Cut:
    pieces = _pieces(source.between(finding.start, finding.end))
    following = source.between(finding.end, finding.end + 1)[0]
    slot = AttributesSlot(
        pieces,
        needs_space=finding.start == finding.tag.name_end,
        is_followed=following not in (*SPACE, ">"),
    )
    written = "".join([piece if isinstance(piece, str) else "x" for piece in pieces])
    return _Cut(
        finding.start,
        finding.end,
        Kind.ATTRIBUTES,
        slot,
        attribute_at=finding.tag.name_end,
        element_at=finding.tag.start,
        has_id="id" in parse_attributes(written),
    )


def _text_cut(finding: TextFinding, source: _Source) -> _Cut:
    slot = RawTextSlot(_pieces(source.between(finding.start, finding.end)), finding.name)
    return _Cut(finding.start, finding.end, finding.kind, slot, attribute_at=finding.tag.name_end)


def _pieces(items: Items) -> list[str | TextSlot]:
    return [item if isinstance(item, str) else item.text_slot() for item in items]
