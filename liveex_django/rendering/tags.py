"""
A start tag with holes: which stretches of it are whole attributes.

The states are those of https://html.spec.whatwg.org/multipage/parsing.html from "before attribute name state" on.
"""

from __future__ import annotations

import copy
import enum
from dataclasses import dataclass, field

SPACE = " \t\n\f\r"


class At(enum.Enum):
    """Where in a tag the reader is."""

    BEFORE_NAME = enum.auto()
    NAME = enum.auto()
    AFTER_NAME = enum.auto()
    BEFORE_VALUE = enum.auto()
    DOUBLE = enum.auto()
    SINGLE = enum.auto()
    BARE = enum.auto()
    AFTER_QUOTE = enum.auto()
    SLASH = enum.auto()
    # After a hole of which it is unknown what attributes it holds, up to the next space.
    UNKNOWN = enum.auto()


IN_QUOTES = (At.DOUBLE, At.SINGLE)


@dataclass(slots=True)
class Attribute:
    """One attribute, or several that only a render tells apart."""

    start: int
    end: int
    # Names it may have; None when they depend on a value.
    names: set[str] | None
    has_hole: bool = False


@dataclass(slots=True)
class Tag:
    """A start or end tag while it is read, and afterwards."""

    start: int
    is_end: bool = False
    # None when a hole is part of it.
    name: str | None = ""
    # Where lx-e can be put: right behind the name.
    name_end: int = 0
    attributes: list[Attribute] = field(default_factory=list)
    at: At = At.BEFORE_NAME
    in_name: bool = True
    # A branch of a hole ends the tag, so it has no address.
    is_wild: bool = False
    # Written <br/>.
    is_closed: bool = False
    end: int = 0
    _written: str = ""

    def copy(self) -> Tag:
        """One that can be read on separately: for the branches of a hole."""
        twin = copy.copy(self)
        twin.attributes = [copy.copy(attribute) for attribute in self.attributes]
        for attribute in twin.attributes:
            attribute.names = set(attribute.names) if attribute.names is not None else None
        return twin

    @property
    def is_self_closing(self) -> bool:
        return self.at is At.SLASH

    def read(self, text: str, offset: int, base: int) -> int:
        """
        Read on from ``text[offset]``, whose position is ``base + offset``.

        Returns the offset behind the ``>`` that ends the tag, or -1 when the text ends first.
        """
        while offset < len(text):
            char = text[offset]
            position = base + offset
            if char == ">" and self.at not in IN_QUOTES:
                self.leave(position)
                self.end = position + 1
                return offset + 1
            if self.in_name:
                self._read_name(char, position)
            elif char == "/" and self.at is At.UNKNOWN and text[offset + 1 : offset + 2] == ">":
                # Taken for the slash of <br/>; a render in which it would end a bare value does not fit.
                self._end_attribute(position)
                self.at = At.SLASH
            else:
                self._read_attribute(char, position)
            offset += 1
        return -1

    def leave(self, position: int) -> None:
        """The tag ends here."""
        if self.in_name:
            self.in_name = False
            self.name_end = position
        elif self.at in (At.NAME, At.AFTER_NAME, At.BEFORE_VALUE, At.BARE, At.UNKNOWN):
            self._end_attribute(position)

    def _read_name(self, char: str, position: int) -> None:
        if char in SPACE or char == "/":
            self.in_name = False
            self.name_end = position
            self.at = At.SLASH if char == "/" else At.BEFORE_NAME
        elif self.name is not None:
            self.name += char.lower() if char.isascii() else char

    def _read_attribute(self, char: str, position: int) -> None:
        at = self.at
        if at in IN_QUOTES:
            if char == ('"' if at is At.DOUBLE else "'"):
                self._end_attribute(position + 1)
                self.at = At.AFTER_QUOTE
        elif char in SPACE:
            if at in (At.BARE, At.UNKNOWN):
                self._end_attribute(position)
                self.at = At.BEFORE_NAME
            elif at is At.NAME:
                self._end_attribute(position)
                self.at = At.AFTER_NAME
            elif at in (At.AFTER_QUOTE, At.SLASH):
                self.at = At.BEFORE_NAME
        elif at is At.BEFORE_VALUE:
            self.at = {'"': At.DOUBLE, "'": At.SINGLE}.get(char, At.BARE)
        elif at is At.UNKNOWN:
            self.at = {'"': At.DOUBLE, "'": At.SINGLE, "=": At.BEFORE_VALUE}.get(char, At.UNKNOWN)
            if self.at is At.UNKNOWN:
                self.attributes[-1].names = None
        elif at is At.BARE:
            pass
        elif char == "/":
            if at is At.NAME:
                self._end_attribute(position)
            self.at = At.SLASH
        elif char == "=" and at in (At.NAME, At.AFTER_NAME):
            if at is At.NAME:
                self._end_attribute(position)
            self.at = At.BEFORE_VALUE
        elif at is At.NAME:
            self._written += char
        else:
            self.attributes.append(Attribute(position, position, set()))
            self._written = char
            self.at = At.NAME

    def _end_attribute(self, position: int) -> None:
        attribute = self.attributes[-1]
        attribute.end = position
        if self.at is At.NAME and attribute.names is not None:
            attribute.names.add(self._written.lower())

    def hole(self, position: int, names: set[str] | None) -> None:
        """
        A hole of one position; ``names`` are those of the attributes it may hold, None when anything may stand there.
        """
        if self.in_name:
            # <input{% if … %} disabled{% endif %}>: a render must give a space first, or the name is another one.
            self.in_name = False
            self.name_end = position
            self.at = At.BEFORE_NAME
        if self.at in (At.BEFORE_NAME, At.AFTER_NAME, At.AFTER_QUOTE, At.SLASH):
            self.attributes.append(Attribute(position, position + 1, names, has_hole=True))
            self.at = At.UNKNOWN
            self._written = ""
            return
        attribute = self.attributes[-1]
        attribute.has_hole = True
        attribute.end = position + 1
        if self.at is At.NAME:
            attribute.names = None
            self.at = At.UNKNOWN
        elif self.at is At.BEFORE_VALUE:
            self.at = At.UNKNOWN
        elif self.at is At.UNKNOWN:
            attribute.names = None if names is None or attribute.names is None else attribute.names | names

    def runs(self) -> list[Attribute]:
        """
        The stretches that become slots.

        One per attribute with a hole; all attributes together when two might have the same name, because then
        which of them counts depends on all.
        """
        holey = [attribute for attribute in self.attributes if attribute.has_hole]
        if not holey:
            return []
        seen: set[str] = set()
        for attribute in self.attributes:
            if attribute.names is None or attribute.names & seen:
                first, last = self.attributes[0], self.attributes[-1]
                return [Attribute(first.start, last.end, None, has_hole=True)]
            seen |= attribute.names
        return holey
