"""
What an update had to evaluate, and why: found out afterwards, from the two trees alone.

For people who wonder why a page is slow; nothing here runs in a render.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.base import TokenType

from .bindings import is_other, is_unsure
from .checked import AttributesSlot, RawTextSlot
from .evaluation import LOCAL
from .names import Reads
from .rendered import Rendered, Rows
from .segments import all_segments, segments_of

# Of a template's source, as much as makes one line.
_LONGEST_SOURCE = 60


@dataclass(frozen=True, slots=True)
class Evaluated:
    """
    A slot that was evaluated.

    Attributes:
        source: The tag or variable, as the template has it.
        line: Where that is; 0 when it is not known.
        reasons: Why, for people.
        outcome: What came of it: of a loop, how many rows are not the old ones.
        is_shared: It was, for all pages that show it together.
    """

    source: str
    line: int
    reasons: tuple[str, ...]
    outcome: str
    is_shared: bool = False

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line else ""
        for_all = " (once for all)" if self.is_shared else ""
        return f"{where}{self.source}: {', '.join(self.reasons)}; {self.outcome}{for_all}"


def evaluated_between(old: Rendered | None, new: Rendered, is_shared: bool = False) -> Iterator[Evaluated]:
    """
    What was evaluated to get from one tree of a template to a later one.

    Slots inside a branch or a row count with that.
    """
    if old is new:
        return
    if old is None or old.part is not new.part or old.memo is None or new.memo is None:
        yield Evaluated("the template", 0, ("nothing was there before to begin with",), "all of it is new", is_shared)
        return
    if new.memo.shared is not None and old.memo.shared is not None:
        yield from evaluated_between(old.memo.shared, new.memo.shared, is_shared=True)
    for number, reasons in _evaluated(old, new):
        slot, was, now = new.part.slots[number], old.values[number], new.values[number]
        if isinstance(was, Rendered) and isinstance(now, Rendered) and now.memo is not None:
            # Another unit, which knows by itself what was evaluated in it.
            yield from evaluated_between(was, now, is_shared)
        elif now is not LOCAL:
            source, line = _source_of(slot)
            yield Evaluated(source, line, reasons, _outcome(was, now), is_shared)


def count_slots(tree: Rendered) -> int:
    """How many slots there are in a tree, as :func:`evaluated_between` counts them."""
    inner = [value for value in tree.values if isinstance(value, Rendered) and value.memo is not None]
    return len(tree.values) - len(inner) + sum(map(count_slots, inner))


def _evaluated(old: Rendered, new: Rendered) -> Iterator[tuple[int, tuple[str, ...]]]:
    part, shared = new.part, new.memo.shared
    segments = all_segments(part) if shared is None else segments_of(part, shared.memo.local)
    for index, (segment, bound) in enumerate(zip(segments, new.memo.bindings, strict=True)):
        was_bound = old.memo.bindings[index] if index < len(old.memo.bindings) else None
        if was_bound is bound:
            # Nothing of it was looked at.
            continue
        names, values = bound
        before_names, before = was_bound or (None, ())
        if before_names != names:
            yield from ((number, ("another template or block stands in it",)) for number in segment.numbers)
            continue
        because = {
            name: f"{name} is not plain data" if is_unsure(was) else f"{name} has changed"
            for name, was, now in zip(names, before, values, strict=True)
            if is_other(now, was)
        }
        for number in segment.affected(frozenset(because)):
            reads = part.slots[number].reads
            yield number, (*_always(reads), *(because[name] for name in sorted(reads.names & because.keys())))


def _always(reads: Reads) -> Iterator[str]:
    """Why something is evaluated whatever has changed."""
    if reads.complete:
        return
    if not reads.quick:
        yield "not known to be pure"
    elif not reads.steady:
        yield "it writes a name"
    else:
        yield "it depends on the clock, on chance or on a count"


def _outcome(was: Any, now: Any) -> str:
    if isinstance(now, Rows) and isinstance(was, Rows):
        old = {id(row) for row in was.rows}
        fresh = sum(id(row) not in old for row in now.rows)
        return f"{fresh} of {len(now.rows)} rows are new or changed"
    return "nothing came of it" if was == now else "it has changed"


def _source_of(slot: Any) -> tuple[str, int]:
    """The source of a slot, and its line."""
    if isinstance(slot, AttributesSlot | RawTextSlot):
        pieces: Sequence[Any] = slot.pieces
        text = "".join([piece if isinstance(piece, str) else _written(piece.node) for piece in pieces])
        return _shorten(text), next((_line_of(piece.node) for piece in pieces if not isinstance(piece, str)), 0)
    if slot.node is None:
        return "markup that cannot be divided", 0
    return _shorten(_written(slot.node)), _line_of(slot.node)


def _written(node: Any) -> str:
    token = getattr(node, "token", None)
    if token is None:
        return f"a {type(node).__name__}"
    return f"{{{{ {token.contents} }}}}" if token.token_type is TokenType.VAR else f"{{% {token.contents} %}}"


def _line_of(node: Any) -> int:
    token = getattr(node, "token", None)
    return getattr(token, "lineno", None) or 0


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SOURCE else f"{text[: _LONGEST_SOURCE - 1]}…"
