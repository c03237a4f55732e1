"""
What a render made: the tree of values that stand in the slots of parts.

Nothing here is ever changed after it was made, so trees may share what they have in common, and "the same object"
means "the same HTML".
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Protocol, runtime_checkable

from .part import Part


@runtime_checkable
class Hosted(Protocol):
    """
    A live view that stands in a slot of another one's template.

    It has an id, and updates itself under it: a diff of the outer view never reaches into it.

    Attributes:
        moves: It may stand in another row next time, as the same view.
    """

    id: str
    moves: bool

    def html(self) -> str:
        """Its wrapper element with its content, marked."""


class Blend:
    """
    A text in which live views stand that could not get a slot of their own.

    They are inside a tag that Django renders as a whole. Their HTML is asked for when it is needed, since a view that
    has just appeared is started after the render.
    """

    __slots__ = ("pieces",)

    def __init__(self, pieces: tuple[str | Hosted, ...]) -> None:
        self.pieces = pieces

    def __str__(self) -> str:
        return "".join([piece if isinstance(piece, str) else piece.html() for piece in self.pieces])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blend) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[tuple[bool, str], ...]:
        return tuple((True, piece) if isinstance(piece, str) else (False, piece.id) for piece in self.pieces)


class Rows:
    """
    What a loop made: for each row the values of the slots of ``part``. There is at least one row.

    For the render after this one there are ``items``, what the rows were made of, and ``shown``, the templates that their
    body included.
    """

    __slots__ = ("items", "part", "rows", "shown")

    def __init__(
        self, part: Part, rows: tuple[Row, ...], items: Sequence[Any] = (), shown: tuple[Any, ...] = ()
    ) -> None:
        self.part = part
        self.rows = rows
        self.items = items
        self.shown = shown

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows):
            return NotImplemented
        return self is other or (self.part.fingerprint == other.part.fingerprint and self.rows == other.rows)

    def __hash__(self) -> int:
        return hash((self.part.fingerprint, self.rows))


class Rendered:
    """
    One part with the values of its slots; the root of the tree stands for a whole template.

    ``memo`` is what the render after this one is told by evaluation.py, about a unit; None for a branch.
    """

    __slots__ = ("_digest", "memo", "part", "values")

    def __init__(self, part: Part, values: tuple[Value, ...], memo: Any = None) -> None:
        self.part = part
        self.values = values
        self.memo = memo
        self._digest = ""

    def __str__(self) -> str:
        """The HTML as Django's own ``Template.render`` makes it."""
        return str(self.blended())

    def __html__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rendered):
            return NotImplemented
        return self is other or (self.part.fingerprint == other.part.fingerprint and self.values == other.values)

    def __hash__(self) -> int:
        return hash((self.part.fingerprint, self.values))

    def __repr__(self) -> str:
        return f"<Rendered {self.part!r}>"

    def marked(self) -> str:
        """The same HTML with the markers a browser needs to find the slots: docs/protocol.md, section 1."""
        pieces: list[str | Hosted] = []
        _write(self.part, self.values, pieces, marked=True)
        return str(Blend(tuple(pieces)))

    def blended(self) -> str | Blend:
        """The HTML with its nested views, when there are any, not yet asked for theirs."""
        pieces: list[str | Hosted] = []
        _write(self.part, self.values, pieces, marked=False)
        texts = [piece for piece in pieces if isinstance(piece, str)]
        return "".join(texts) if len(texts) == len(pieces) else Blend(tuple(pieces))

    def digest(self) -> str:
        """
        8 characters that stand for ``marked()``, with which nested views stand where, but not what these show: they have
        digests of their own.

        Two pages with the same digests show the same.
        """
        if not self._digest:
            pieces: list[str | Hosted] = []
            _write(self.part, self.values, pieces, marked=True)
            own = "".join([piece if isinstance(piece, str) else f"\0{piece.id}\0" for piece in pieces]).encode(
                "utf-8", "surrogatepass"
            )
            self._digest = urlsafe_b64encode(blake2b(own, digest_size=6).digest()).decode("ascii")
        return self._digest

    def hosted(self) -> Iterator[Hosted]:
        """The live views that stand in this one, in the order of the page."""
        for value in self.values:
            yield from _hosted_in(value)


# A text, the part of a branch or an included template, the rows of a loop, a nested live view, or a text with such.
Value = str | Rendered | Rows | Hosted | Blend
# The values of the slots of one row of a loop.
Row = tuple[Value, ...]


def _write(part: Part, values: tuple[Value, ...], pieces: list[str | Hosted], marked: bool) -> None:
    template = part.format(marked)
    if template is not None:
        pieces.append(template % values)
        return
    statics = part.marked if marked else part.statics
    for static, value in zip(statics, values, strict=False):
        pieces.append(static)
        if isinstance(value, str):
            pieces.append(value)
        elif isinstance(value, Rendered):
            _write(value.part, value.values, pieces, marked)
        elif isinstance(value, Rows):
            _write_rows(value, pieces, marked)
        elif isinstance(value, Blend):
            pieces.extend(value.pieces)
        else:
            pieces.append(value)
    pieces.append(statics[-1])


def _write_rows(loop: Rows, pieces: list[str | Hosted], marked: bool) -> None:
    part = loop.part
    template = part.format(marked)
    if template is not None:
        if marked:
            template = ROW_MARKER + template
        pieces.extend([template % row for row in loop.rows])
        return
    for row in loop.rows:
        if marked:
            pieces.append(ROW_MARKER)
        _write(part, row, pieces, marked)


def _hosted_in(value: Value) -> Iterator[Hosted]:
    if isinstance(value, str):
        return
    if isinstance(value, Rendered):
        yield from value.hosted()
    elif isinstance(value, Rows):
        for row in value.rows:
            for cell in row:
                yield from _hosted_in(cell)
    elif isinstance(value, Blend):
        yield from (piece for piece in value.pieces if not isinstance(piece, str))
    else:
        yield value


# docs/protocol.md, section 1: stands at the start of each row of a loop.
ROW_MARKER = "<!--:-->"
