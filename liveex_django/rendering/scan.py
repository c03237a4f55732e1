"""Reads a part from its first item to its last, and notes where its holes stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .findings import ContentFinding, Element, StretchFinding, UnitFindings
from .hosted import HostedNode
from .outline import Hole, Items
from .place import place_in
from .tag_holes import TagEnds, attribute_names, has_quotes, is_part_of_name
from .tags import IN_QUOTES, Tag
from .tokens import Reader, State
from .tree import Tree

# Templates may include each other without end.
_DEEPEST_GUESS = 6
_REST_OF_REFERENCE = re.compile(r"[#0-9A-Za-z]*;?")


class Scan(Tree):
    """One part. Its branches are scans of their own, which begin with the elements that are open at their hole."""

    def __init__(self, unit: UnitFindings, items: Items, stack: Sequence[Element], reader: Reader) -> None:
        super().__init__(unit, items, stack, reader)
        self.position = 0
        # A stretch from "&…" over a hole, which what follows may belong to.
        self._reference: StretchFinding | None = None

    def run(self) -> Scan:
        """Read everything."""
        for item in self.items:
            if isinstance(item, str):
                self._end_reference(item)
                self.reader.feed(item, self.position, self)
                self.position += len(item)
            else:
                self._hole(item)
                self.position += 1
        return self

    def _hole(self, hole: Hole) -> None:
        if self.reader.state is State.DATA:
            self._content_hole(hole)
        elif self.reader.tag is not None:
            self._tag_hole(hole, self.reader.tag)
        else:
            self.reader.hole()

    # Between tags.

    def _content_hole(self, hole: Hole) -> None:
        self._note_hole(hole)
        contents = self._possible_contents(hole)
        branches = [self._branch(content) for content in contents]
        opens_tbody = self.here.name == "table" and any(map(self._opened_rows, branches))
        if opens_tbody:
            self.stack.append(Element("tbody", self.position, self, is_implied=True))
            branches = [self._branch(content) for content in contents]
        drops_newline = self.is_after_pre and any(map(_may_begin_with_newline, contents))
        place = place_in(self.stack, drops_newline=self.is_after_pre)
        self.is_after_pre = False
        wild = next((branch for branch in branches if not self._is_level(branch)), None)
        if wild is not None:
            self._wild_hole(wild)
            return
        if drops_newline:
            self.here.is_rough = True
        own = branches if hole.branches is not None else []
        self.content.append(ContentFinding(self.position, self.position + 1, place, own, opens_tbody))

    def _note_hole(self, hole: Hole) -> None:
        """What a hole means for what is around it, whatever it holds."""
        if self.reader.open_reference is not None:
            # "&am{{ x }}" may be one character, which a marker would tear apart.
            self.add_stretch(self.reader.open_reference, self.position + 1, self.stack)
            self._reference = self.stretches[-1]
            self.reader.open_reference = None
        if self.here.name == "html":
            self.here.is_rough = True
        if self.unit.is_after_document:
            self.unit.is_rough = True
        if self.is_at_root and hole.branches is None and not hole.is_unit:
            self.unit.has_text = True
        self.roughen_template()

    def _end_reference(self, following: str) -> None:
        rest = _REST_OF_REFERENCE.match(following)
        if self._reference is not None and rest is not None:
            self._reference.end += rest.end()
        self._reference = None

    def _possible_contents(self, hole: Hole) -> list[Items]:
        """What the hole may hold, as far as it is known before a render."""
        if hole.branches is not None:
            return list(hole.branches)
        contents: list[Items] = [[sample] for sample in self.unit.samples.get(id(hole.node), ())]
        if isinstance(hole.node, HostedNode):
            contents.append(["<div></div>"])
        guess = self.unit.guess(hole) if self.unit.depth < _DEEPEST_GUESS else None
        if guess is not None:
            contents.append(guess)
        return contents

    def _branch(self, items: Items) -> Scan:
        """Read what may stand in a hole, as a continuation of what was read so far."""
        branch = Scan(self.unit, items, self.stack, self.reader.copy())
        branch.is_after_pre = self.is_after_pre
        self.unit.depth += 1
        branch.run()
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
        tag = self.reader.tag
        start = self.position if tag is None else tag.start
        self.add_stretch(start, self.position + 1, self.stack)
        common = 0
        while common < min(len(self.stack), len(branch.stack)) and self.stack[common] is branch.stack[common]:
            common += 1
        for number in range(common, len(self.stack)):
            if self.stack[number].owner is self:
                self.end_rough(self.stack[number], self.stack[:number], self.position + 1)
        for opened in branch.stack[common:]:
            opened.owner, opened.start, opened.is_rough = self, start, True
        self.stack = branch.stack
        self.reader = branch.reader
        self.reader.start = start
        self.reader.has_hole = True
        if self.reader.tag is not None:
            self.reader.tag.start = start
            self.reader.tag.is_wild = True

    # Inside a tag.

    def _tag_hole(self, hole: Hole, tag: Tag) -> None:
        if tag.name is None or tag.is_end:
            # <{{ name }}> or </h{{ level }}>: which element it is, only a render knows.
            tag.name = None
        elif tag.at in IN_QUOTES and not tag.in_name:
            if has_quotes(hole):
                tag.attributes[-1].names = None
            tag.hole(self.position, set())
        else:
            self._attributes_hole(hole, tag, tag.name)

    def _attributes_hole(self, hole: Hole, tag: Tag, name: str) -> None:
        try:
            names = attribute_names(hole)
        except TagEnds:
            branches = [self._branch(content) for content in hole.branches or ()]
            self._wild_hole(next((branch for branch in branches if branch.reader.tag is None), branches[0]))
            return
        if tag.in_name and is_part_of_name(hole, name):
            tag.name = None
        else:
            tag.hole(self.position, names)


def _may_begin_with_newline(items: Items) -> bool:
    return bool(items) and isinstance(items[0], str) and items[0].startswith(("\n", "\r"))
