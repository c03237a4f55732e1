"""
HTML source cut into tags, text and comments, with holes anywhere in it.

The states are those of https://html.spec.whatwg.org/multipage/parsing.html, "Tokenization", as far as they decide what
is markup. Told to a ``Sink``, which follows the elements.
"""

from __future__ import annotations

import copy
import enum
import re
from typing import Protocol

from .tags import Tag

# A tag that stands in one text and holds nothing unusual: most of them.
_PLAIN_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]*)
    ((?:[ \t\n\f\r]+[^ \t\n\f\r"'<>/=]+(?:[ \t\n\f\r]*=[ \t\n\f\r]*(?:"[^"]*"|'[^']*'|[^ \t\n\f\r"'=<>`/]+))?)*)
    [ \t\n\f\r]*(/?)>""",
    re.VERBOSE,
)
_COMMENT_END = re.compile(r"--!?>")
# What a hole could turn into a character reference.
_OPEN_REFERENCE = re.compile(r"&#?[a-zA-Z0-9]*\Z")


class State(enum.Enum):
    """What the reader is in the middle of."""

    DATA = enum.auto()
    TAG = enum.auto()
    COMMENT = enum.auto()
    # <!doctype>, <?…>, </ …>: anything up to the next ">".
    BOGUS = enum.auto()
    CDATA = enum.auto()
    # The text of an element that holds no markup.
    RAW = enum.auto()


class Sink(Protocol):
    """Who follows the elements. Positions are those that were fed."""

    def text(self, start: int, source: str) -> None:
        """Text between tags."""

    def start_tag(self, tag: Tag) -> None:
        """A whole start tag."""

    def end_tag(self, tag: Tag) -> None:
        """A whole end tag."""

    def raw_text(self, start: int, end: int, has_hole: bool) -> None:
        """The whole text of an element that holds no markup; its end tag follows."""

    def stretch(self, start: int, end: int) -> None:
        """A comment or the like with a hole in it."""

    def in_foreign(self) -> bool:
        """Whether the current element is one of SVG or MathML."""
        raise NotImplementedError


class Reader:
    """Where in the source the reading is; can be copied, to read several continuations."""

    def __init__(self) -> None:
        self.state = State.DATA
        # Of the construct that is being read.
        self.start = 0
        self.has_hole = False
        self.tag: Tag | None = None
        # The element whose text is read; what an end tag must be called to end it.
        self.raw_name = ""
        # Text ended in "&…", which what follows could complete: where.
        self.open_reference: int | None = None

    def copy(self) -> Reader:
        twin = copy.copy(self)
        twin.tag = self.tag.copy() if self.tag else None
        return twin

    def read_raw(self, name: str, position: int) -> None:
        """What follows, up to the end tag ``name``, is text."""
        self.state, self.raw_name, self.start, self.has_hole = State.RAW, name, position, False

    def hole(self) -> None:
        """A hole stands here, in the middle of something other than text or a tag."""
        self.has_hole = True

    def feed(self, text: str, base: int, sink: Sink) -> None:
        """Read ``text``, which begins at position ``base``."""
        offset = 0
        self.open_reference = None
        while offset < len(text):
            if self.state is State.DATA:
                offset = self._data(text, offset, base, sink)
            elif self.state is State.TAG:
                offset = self._tag(text, offset, base, sink)
            elif self.state is State.RAW:
                offset = self._raw(text, offset, base, sink)
            else:
                offset = self._construct(text, offset, base, sink)

    def _data(self, text: str, offset: int, base: int, sink: Sink) -> int:
        opening = text.find("<", offset)
        end = len(text) if opening < 0 else opening
        if end > offset:
            sink.text(base + offset, text[offset:end])
        if opening < 0:
            reference = _OPEN_REFERENCE.search(text, offset)
            self.open_reference = base + reference.start() if reference else None
            return end
        plain = _PLAIN_TAG.match(text, opening)
        if plain:
            self._plain_tag(plain, base, sink)
            return plain.end()
        return self._markup(text, opening, base, sink)

    def _plain_tag(self, match: re.Match[str], base: int, sink: Sink) -> None:
        tag = Tag(base + match.start(), is_end=bool(match[1]), name=match[2].lower(), name_end=base + match.end(2))
        tag.in_name = False
        tag.end = base + match.end()
        tag.is_closed = bool(match[4])
        self._finish_tag(tag, sink)

    def _markup(self, text: str, opening: int, base: int, sink: Sink) -> int:
        """At a "<" that is not a plain tag. The text may end, for a hole, at any character."""
        rest = text[opening : opening + 9]
        self.start, self.has_hole = base + opening, False
        if rest.startswith("<!--"):
            self.state = State.COMMENT
            # <!--> and <!---> are whole comments.
            for short in ("<!-->", "<!--->"):
                if text.startswith(short, opening):
                    self.state = State.DATA
                    return opening + len(short)
            return opening + 4
        if rest == "<![CDATA[" and sink.in_foreign():
            self.state = State.CDATA
            return opening + 9
        if rest[1:2] in ("!", "?"):
            self.state = State.BOGUS
            return opening + 2
        is_end = rest[1:2] == "/"
        first = rest[2:3] if is_end else rest[1:2]
        if not first or (first.isascii() and first.isalpha()):
            # With nothing behind it, a hole gives the name.
            self.state = State.TAG
            self.tag = Tag(base + opening, is_end=is_end, name="" if first else None)
            return opening + 1 + is_end
        if is_end:
            self.state = State.BOGUS
            return opening + 2
        sink.text(base + opening, "<")
        return opening + 1

    def _tag(self, text: str, offset: int, base: int, sink: Sink) -> int:
        tag = self.tag
        if tag is None:
            raise AssertionError("the state says that a tag is being read")
        end = tag.read(text, offset, base)
        if end < 0:
            return len(text)
        tag.is_closed = tag.is_self_closing
        self.tag = None
        self.state = State.DATA
        self._finish_tag(tag, sink)
        return end

    def _finish_tag(self, tag: Tag, sink: Sink) -> None:
        if tag.is_end:
            sink.end_tag(tag)
        else:
            sink.start_tag(tag)

    def _raw(self, text: str, offset: int, base: int, sink: Sink) -> int:
        end_tag = re.compile(rf"</{re.escape(self.raw_name)}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(text, offset)
        if end_tag is None:
            return len(text)
        self.state = State.DATA
        sink.raw_text(self.start, base + end_tag.start(), self.has_hole)
        return end_tag.start()

    def _construct(self, text: str, offset: int, base: int, sink: Sink) -> int:
        if self.state is State.COMMENT:
            closing = _COMMENT_END.search(text, offset)
            end = closing.end() if closing else -1
        else:
            mark = "]]>" if self.state is State.CDATA else ">"
            found = text.find(mark, offset)
            end = found + len(mark) if found >= 0 else -1
        if end < 0:
            return len(text)
        self.state = State.DATA
        if self.has_hole:
            sink.stretch(self.start, base + end)
        return end
