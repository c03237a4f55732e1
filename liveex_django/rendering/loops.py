"""
``{% for %}``: rows are kept while their item, and every other name that their body reads, is what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import is_
from typing import TYPE_CHECKING, Any

import django
from django.template.context import Context
from django.template.defaulttags import ForNode

from liveex_django.store import FrozenList

from .annotate import annotate
from .includes import engine_of
from .items import Matched, comparable, match_items
from .names import Reads, head
from .node_reads import reads_of_node
from .part import Part
from .rendered import Row, Rows, Value
from .slots import Changed, Slot, evaluate_part, reads_of_part, rendered_or_empty
from .through import Through, blocks_of, look_through

if TYPE_CHECKING:
    from .evaluation import Evaluation

# forloop.length came with Django 6.0.
_HAS_LENGTH = django.VERSION >= (6, 0)


class ForSlot(Slot):
    """``{% for %}``: the value is its rows, or the part of ``{% empty %}`` when there are none."""

    is_nesting = True
    keeps_names = True

    def __init__(self, node: ForNode, parts: Sequence[Part]) -> None:
        self.node = node
        self.body, self.empty = parts
        self.reads = reads_of_node(node)
        self._sequence: Any = node.sequence
        self._inside = reads_of_part(self.body)
        #: How the body reads the variables of the loop.
        self.of_item = frozenset(name for name in self._inside.names if head(name) in node.loopvars)
        self._bound = {*node.loopvars, "forloop"}

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            parent = context.get("forloop", {})
            with context.push():
                values = self._sequence.resolve(context, ignore_failures=True)
                if values is None:
                    values = []
                if not hasattr(values, "__len__"):
                    values = list(values)
                if len(values) < 1:
                    return rendered_or_empty(self.empty, context, evaluation, old, changed)
                loop = _Loop(self, values, parent, context, evaluation)
                return loop.update(old, changed) if isinstance(old, Rows) and old.part is self.body else loop.run()
        except Exception as error:
            annotate(error, self.node, context)
            raise

    def look_inside(self, context: Context) -> Through:
        """What the body reads, with what is included in it looked into."""
        if self._inside.complete and self._inside.steady:
            return Through(self._inside, ())
        nodes: Any = self.node.nodelist_loop
        return look_through(self.node, nodes, engine_of(context), blocks_of(context))

    def changed_inside(self, changed: frozenset[str]) -> frozenset[str]:
        """Of the names that changed outside, those that the body sees."""
        inside = {name for name in changed if head(name) not in self._bound}
        if any(head(name) == "forloop" for name in changed):
            inside |= {"forloop", "forloop.parentloop"}
        return frozenset(inside)

    def unpack(self, item: Any) -> dict[str, Any]:
        """The variables of one row of ``{% for a, b in … %}``."""
        names = self.node.loopvars
        try:
            length = len(item)
        except TypeError:
            length = 1
        if length != len(names):
            # Django's words: a project may show or match them.
            raise ValueError(f"Need {len(names)} values to unpack in for loop; got {length}. ")
        return dict(zip(names, item, strict=False))


class _Loop:
    """One run through the rows."""

    def __init__(self, slot: ForSlot, values: Any, parent: Any, context: Context, evaluation: Evaluation) -> None:
        self._slot = slot
        self._body = slot.body
        if slot.node.is_reversed:
            values = reversed(values)
        self._values = values if type(values) is FrozenList else list(values)
        self._items = comparable(self._values)
        self._count = len(self._items)
        self._context = context
        self._evaluation = evaluation
        self._inside = slot.look_inside(context)
        self._loop: dict[str, Any] = {"parentloop": parent}
        if _HAS_LENGTH:
            self._loop["length"] = self._count
        context["forloop"] = self._loop

    def run(self) -> Rows:
        """All rows afresh."""
        rows = [self._row(number, item) for number, item in enumerate(self._values)]
        return self._made(tuple(rows))

    def update(self, old: Rows, changed: Changed) -> Rows:
        """The rows, made from those of an earlier render where they are the same."""
        matched = match_items(old.items, self._items)
        reads, shown = self._inside
        told = _Told(reads, self._count, len(old.rows))
        # A name that a row writes is seen by those after it.
        inside = None if changed is None or not reads.steady else self._slot.changed_inside(changed)
        is_function = reads.complete and shown == old.shown
        if inside is not None and is_function and reads.names.isdisjoint(inside):
            rows = self._changed_rows(matched, old.rows, told)
        else:
            rows = self._all_rows(matched, old.rows, told, inside)
        if self._count == len(old.rows) and all(map(is_, rows, old.rows)):
            is_same = self._items is old.items and shown == old.shown
            return old if is_same else self._made(old.rows)
        return self._made(tuple(rows))

    def _made(self, rows: tuple[Row, ...]) -> Rows:
        return Rows(self._body, rows, self._items, self._inside.shown)

    def _changed_rows(self, matched: Matched, old: Sequence[Row], told: _Told) -> list[Row]:
        """Evaluates the rows whose item, or place, is another one."""
        rows: list[Any] = (
            list(old)
            if matched.is_in_place
            else [None if source is None else old[source] for source in matched.sources]
        )
        for number in sorted(matched.differing):
            changed = self._slot.of_item | told.changes(number, matched.sources[number])
            rows[number] = self._row(number, self._values[number], rows[number], changed)
        if told.names and not matched.is_in_place:
            for number, source in enumerate(matched.sources):
                if number not in matched.differing and (changed := told.changes(number, source)):
                    rows[number] = self._row(number, self._values[number], rows[number], changed)
        return rows

    def _all_rows(self, matched: Matched, old: Sequence[Row], told: _Told, inside: Changed) -> list[Row]:
        """Visits every row in its turn, as tags that count want it."""
        rows = []
        for number, item in enumerate(self._values):
            source = matched.sources[number]
            changed = inside
            if changed is not None:
                changed |= told.changes(number, source)
                if number in matched.differing:
                    changed |= self._slot.of_item
            rows.append(self._row(number, item, None if source is None else old[source], changed))
        return rows

    def _row(self, number: int, item: Any, old: Row | None = None, changed: Changed = None) -> Row:
        loop, context, names = self._loop, self._context, self._slot.node.loopvars
        loop["counter0"] = number
        loop["counter"] = number + 1
        loop["revcounter"] = self._count - number
        loop["revcounter0"] = self._count - number - 1
        loop["first"] = number == 0
        loop["last"] = number == self._count - 1
        if len(names) == 1:
            context[names[0]] = item
            return evaluate_part(self._body, context, self._evaluation, old, changed)
        context.update(self._slot.unpack(item))
        row = evaluate_part(self._body, context, self._evaluation, old, changed)
        context.pop()
        return row


# What a loop tells of a row, by the row's number and the number of rows; of anything else it is not known what it is.
_TOLD: dict[str, Callable[[int, int], object]] = {
    "forloop.counter": lambda number, count: number,
    "forloop.counter0": lambda number, count: number,
    "forloop.revcounter": lambda number, count: count - number,
    "forloop.revcounter0": lambda number, count: count - number,
    "forloop.first": lambda number, count: number == 0,
    "forloop.last": lambda number, count: number == count - 1,
    "forloop.length": lambda number, count: count,
    # Of the loop around, so it is among what changed outside.
    "forloop.parentloop": lambda number, count: None,
}


class _Told:
    """What a body reads of ``forloop``, and what of it has changed for a row that was another one's before."""

    def __init__(self, reads: Reads, count: int, old_count: int) -> None:
        self.names = [name for name in reads.names if head(name) == "forloop" and name != "forloop.parentloop"]
        self.is_same_count = count == old_count
        self._count = count
        self._old_count = old_count

    def changes(self, number: int, source: int | None) -> frozenset[str]:
        """The names that have changed for row ``number``, which was row ``source``."""
        if not self.names or (number == source and self.is_same_count):
            return _NONE
        return frozenset(name for name in self.names if source is None or self._differs(name, number, source))

    def _differs(self, name: str, number: int, source: int) -> bool:
        told = _TOLD.get(name)
        return told is None or told(number, self._count) != told(source, self._old_count)


_NONE: frozenset[str] = frozenset()
