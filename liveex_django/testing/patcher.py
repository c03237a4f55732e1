"""
Applies diffs to a page: docs/protocol.md, section 2, for the second time. The first is ``client/patch.js``; a test holds
what the two make of a page equal.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .address import (
    DIGEST,
    IGNORE,
    REGION,
    ROW_START,
    VIEW,
    AddressLost,
    ContentSlot,
    Part,
    Row,
    read_region,
    read_rows,
)
from .document import (
    Node,
    between,
    is_element,
    parse_fragment,
    put_before,
    replace_between,
    replace_content,
    set_text,
    swap,
    take_out,
)
from .fields import Fields

FullValue = str | list[Any] | dict[str, Any]


class PartMissing(Exception):
    """A diff mentions statics that never came: the two sides of the connection disagree."""


@dataclass
class Touched:
    """What a patch did: addresses of slots such as ``"0/0/2"``, elements it changed, elements it brought."""

    slots: list[str] = field(default_factory=list)
    changed: list[Node] = field(default_factory=list)
    brought: list[Node] = field(default_factory=list)


class Patcher:
    """Args: root: The page's root element. fields: Told of what the server says anew."""

    def __init__(self, root: Node, fields: Fields) -> None:
        self.root = root
        self.fields = fields
        self.touched = Touched()
        # Statics by fingerprint. They are kept when the socket is lost: a fingerprint means the same text for ever.
        self._statics: dict[str, list[str]] = {}

    def learn(self, parts: Mapping[str, list[str]]) -> None:
        """Keep the statics of parts."""
        self._statics.update(parts)

    def apply(self, view: str, diff: Mapping[str, Any]) -> None:
        """
        Raises:
            AddressLost: A slot could not be placed; the view has to be sent whole.
            PartMissing: The diff speaks of statics that never came.
        """
        for number, change in diff.items():
            region = self._find_region(view, number)
            # A view that its parent has just removed: what it would have become does not matter any more.
            if region is not None:
                self._patch_region(region, f"{view}/{number}", change)

    def _find_region(self, view: str, number: str) -> Node | None:
        regions = (element for element in self.root.iter() if is_element(element) and element.get(VIEW) == view)
        return next((region for region in regions if region.get(REGION) == number), None)

    def _patch_region(self, region: Node, address: str, change: Any) -> None:
        region.attrib.pop(DIGEST, None)
        if isinstance(change, str | list):
            fragment = parse_fragment(self.build(change))
            self._exchange(list(region), fragment, lambda: replace_content(region, fragment))
            self._note(address, region)
        else:
            self._patch_part(read_region(region), address, change)

    def _patch_part(self, part: Part, address: str, diff: Mapping[str, Any]) -> None:
        for number, change in diff.items():
            slot = part.find(int(number))
            if isinstance(slot, ContentSlot):
                self._patch_content(slot, f"{address}/{number}", change)
            elif slot is not None:
                self._patch_element(slot, f"{address}/{number}", change)

    def _patch_element(self, element: Node, address: str, change: Any) -> None:
        if not isinstance(change, dict) or not all(isinstance(value, str | None) for value in change.values()):
            raise AddressLost("a slot of a start tag got content")
        for name, value in change.items():
            if name == "":
                self.fields.text_was_set(element)
                set_text(element, value)
            else:
                self.fields.set_attribute(element, name, value)
        self._note(address, element)

    def _patch_content(self, slot: ContentSlot, address: str, change: Any) -> None:
        if isinstance(change, str | list) or "f" in change:
            fragment = parse_fragment(self.build(change))
            old = between(slot.start, slot.end)
            self._exchange(old, fragment, lambda: replace_between(slot.start, slot.end, fragment))
            self._note(address, slot.start.getparent())
        elif "=" in change or slot.rows:
            self._patch_loop(slot, address, change)
        else:
            self._patch_part(slot.body, address, change)

    def _patch_loop(self, loop: ContentSlot, address: str, diff: Mapping[str, Any]) -> None:
        if "=" in diff:
            self._reorder(loop, diff["="])
            self._note(f"{address}/=", loop.start.getparent())
        for number, change in diff.items():
            if number == "=":
                continue
            if int(number) >= len(loop.rows):
                raise AddressLost(f"row {number} is not in the page")
            self._patch_part(loop.rows[int(number)], f"{address}/{number}", change)

    def _reorder(self, loop: ContentSlot, order: list[Any]) -> None:
        old = loop.rows
        rows = [row for item in order for row in self._rows_of(item, old)]
        if len({id(row) for row in rows}) < len(rows):
            raise AddressLost("a row stands twice in the new order")
        for row in old:
            take_out(row.nodes)
        for row in rows:
            put_before(loop.end, row.nodes)
        loop.rows = rows

    def _rows_of(self, item: Any, old: list[Row]) -> list[Row]:
        if isinstance(item, dict):
            fragment = parse_fragment(self.build(item))
            rows = read_rows(fragment)
            if len(rows) != len(item["r"]):
                raise AddressLost("new rows do not parse as rows")
            self.touched.brought += [node for node in fragment if is_element(node)]
            return rows
        first, last = item if isinstance(item, list) else (item, item)
        if last >= len(old):
            raise AddressLost(f"row {last} is not in the page")
        return old[first : last + 1]

    def _exchange(self, old: list[Node], fragment: Node, replace: Callable[[], list[Node]]) -> None:
        """Replace nodes; what a browser's morph keeps is kept: nested views, ``lx-ignore``, what a person did to fields."""
        fields = self.fields.counterparts(old, fragment)
        kept = list(_kept(old, fragment))
        for was, fresh in kept:
            _take_out_alone(was)
            swap(fresh, was)
        new = replace()
        keep = {was for was, _ in kept}
        for was, fresh in fields:
            if keep.isdisjoint([was, *was.iterancestors()]):
                self.fields.take_over(was, fresh)
        self.touched.brought += [node for node in new if is_element(node) and node not in keep]

    def _note(self, address: str, element: Node) -> None:
        self.touched.slots.append(address)
        self.touched.changed.append(element)

    # Full values to HTML

    def build(self, value: FullValue) -> str:
        """HTML source, with markers."""
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return self._fill(value[0], value[1:])
        return "".join(f"<!--{ROW_START}-->{self._fill(value['f'], row)}" for row in value["r"])

    def _fill(self, fingerprint: str, values: list[Any]) -> str:
        statics = self._statics.get(fingerprint)
        if statics is None:
            raise PartMissing(f"no statics for the part {fingerprint}")
        slots = (self.build(value) + static for value, static in zip(values, statics[1:], strict=True))
        return statics[0] + "".join(slots)


def _take_out_alone(node: Node) -> None:
    """Remove a node and leave a stand-in with the text behind it, so that its place in the old nodes is not lost."""
    stand_in = parse_fragment("<i></i>")[0]
    swap(node, stand_in)


def _kept(old: list[Node], fragment: Node) -> Iterator[tuple[Node, Node]]:
    """Pairs of an element that stays as it is, and the fresh one whose place it takes."""
    fresh = {key: element for element, key in _lasting(fragment)}
    for node in old:
        if not is_element(node):
            continue
        for element, key in _lasting(node):
            if key in fresh:
                yield element, fresh.pop(key)


def _lasting(root: Node) -> Iterator[tuple[Node, object]]:
    """The outermost elements in or below ``root`` that a morph leaves alone, by what they are known by."""
    if not is_element(root):
        return
    if root.get(VIEW) is not None and root.get(REGION) is not None:
        yield root, (VIEW, root.get(VIEW), root.get(REGION))
    elif root.get(IGNORE) is not None and root.get("id"):
        yield root, (IGNORE, root.get("id"))
    else:
        for child in root:
            yield from _lasting(child)
