"""
One render: from a compiled unit and a context to a ``Rendered``.

A **unit** is what is compiled as a whole: a template, a block, a partial, a region. What stands in an ``{% include %}``
or a ``{% block %}`` is only known now, so units meet here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import is_
from typing import Any

from django.template.context import Context
from django.template.loader_tags import BlockNode

from .bindings import Names, changed_since, remember, remember_from_before
from .components import Fill, SlotNode
from .hosted import outline_of
from .includes import engine_of
from .layout import shape_of
from .names import heads_of
from .place import Shape
from .rendered import Rendered, Value
from .segments import Segment, all_segments, segments_of
from .slots import Changed, Slot, is_same_value, join_text
from .through import blocks_of, look_through
from .units import TEMPLATE_TYPES, UNDIVIDED, Unit, unit_of

_NOTHING: frozenset[str] = frozenset()

Bindings = tuple[tuple[str, ...], tuple[Any, ...]]


class Local:
    """Stands in a shared tree for what each view has its own value of."""


LOCAL: Any = Local()


@dataclass(frozen=True, slots=True)
class Memo:
    """
    What a render of a unit leaves to the next one.

    Attributes:
        bindings: By segment, the names that its slots read and what they were bound to.
        shapes: By slot, what its values do to the elements around the unit.
        surroundings: What it was rendered under; see surroundings.py.
        local: Of a shared tree: the slots that are, or hold, what each view has its own value of.
        shared: Of a view's tree: the shared one that the values of all other slots are from.
    """

    bindings: tuple[Bindings, ...]
    shapes: Mapping[int, frozenset[Shape]]
    surroundings: tuple[object, ...]
    local: tuple[int, ...] = ()
    shared: Rendered | None = None


class Evaluation:
    """
    What belongs to one render of one unit.

    Args:
        surroundings: What it is rendered under; see surroundings.py.
        local: Make a shared tree, in which nothing depends on these names. None makes a view's.
    """

    __slots__ = (
        "_has_written",
        "_here",
        "_layout",
        "_local",
        "_seen",
        "_shapes",
        "_slot",
        "_surroundings",
        "_unit",
        "is_misfit",
    )

    def __init__(self, unit: Unit, surroundings: tuple[object, ...], local: frozenset[str] | None = None) -> None:
        self._unit = unit
        self._surroundings = surroundings
        self._local = local
        # Another thread may lay the unit out anew meanwhile.
        self._layout = unit.layout
        # The slot that is being evaluated, and what its values do to the elements around, beyond what the template shows.
        self._slot: Slot | None = None
        self._seen: set[Shape] = set()
        self._shapes: dict[int, frozenset[Shape]] = {}
        # What a shared tree has of the unit that stands in that slot.
        self._here: Rendered | None = None
        # Of a shared tree: a slot that is not in it may have written names, so what follows is not in it either.
        self._has_written = False
        self.is_misfit = False

    def run(self, context: Context, old: Value | None = None, shared: Rendered | None = None) -> Rendered:
        """
        The unit, rendered; what has not changed since ``old`` is taken from there, and what is in ``shared`` from there.

        When a value does not fit into its slot, it is one slot as a whole.
        """
        part = self._layout.part
        common = shared if shared is not None and shared.part is part and shared.memo is not None else None
        if common is not None and not common.memo.local:
            self._shapes = common.memo.shapes
            return common
        before = old if isinstance(old, Rendered) and old.part is part and old.memo is not None else None
        values = _taken_over(len(part.slots), before, common)
        segments = all_segments(part) if common is None else segments_of(part, common.memo.local)
        bindings, is_same = [], before is not None and before.memo.shared is common
        for index, segment in enumerate(segments):
            names = self._names_of(segment, part.slots, context)
            changed = None if before is None else _changed_since(before.memo, index, names, context)
            numbers = segment.numbers if changed is None else segment.affected(changed)
            if numbers:
                is_same = False
                writes = not part.slots[numbers[-1]].reads.steady
                ahead = remember(context, names) if writes else ()
                for number in numbers:
                    here = None if common is None else common.values[number]
                    self._here = here if isinstance(here, Rendered) else None
                    self._evaluate(part.slots[number], number, context, values, before, changed)
                now = remember_from_before(context, names, ahead) if writes else remember(context, names)
                bindings.append((names, now))
            elif before is not None:
                bindings.append(before.memo.bindings[index])
        if before is not None:
            if is_same:
                self._shapes = before.memo.shapes
                return before
            self._shapes = {**before.memo.shapes, **self._shapes}
        if common is not None:
            self._shapes = {**common.memo.shapes, **self._shapes}
        if self.is_misfit and self._local is None:
            return Rendered(UNDIVIDED, (Rendered(part, tuple(values)).blended(),))
        local = () if self._local is None else tuple(n for n, value in enumerate(values) if _is_local(value))
        memo = Memo(tuple(bindings), self._shapes, self._surroundings, local, common)
        is_kept = before is not None and all(map(is_, values, before.values))
        return Rendered(part, before.values if before is not None and is_kept else tuple(values), memo)

    def _evaluate(
        self,
        slot: Any,
        number: int,
        context: Context,
        # Takes the value; has the old one.
        values: list[Any],
        before: Rendered | None,
        changed: Changed,
    ) -> None:
        self._seen = set()
        self._slot = slot
        was = None if before is None else before.values[number]
        if self._local is not None and (self._has_written or not self._is_shared(slot, context)):
            value: Any = LOCAL
        else:
            value = slot.evaluate(context, self, was, changed)
        values[number] = was if was is not None and is_same_value(value, was) else value
        if before is not None and slot.is_nesting:
            # Something in it may have been kept.
            self._seen |= before.memo.shapes.get(number, frozenset())
        self._shapes[number] = frozenset(self._seen)

    def _is_shared(self, slot: Any, context: Context) -> bool:
        """Whether a slot belongs into a shared tree: as a whole, or, when another unit stands in it, in part."""
        reads = slot.arguments if slot.shows_unit else slot.reads
        if slot.is_nesting and not reads.steady:
            reads = look_through(slot, [slot.node], engine_of(context), blocks_of(context)).reads
        if not reads.steady and not slot.keeps_names:
            self._has_written = True
        return reads.complete and reads.steady and heads_of(reads.names).isdisjoint(self._local or ())

    @staticmethod
    def _names_of(segment: Segment, slots: Sequence[Any], context: Context) -> tuple[str, ...]:
        """The names that the slots of a segment read; what is included by its last one is looked into."""
        slot = slots[segment.numbers[-1]]
        if slot.reads.steady or not slot.is_nesting:
            return segment.names
        through = look_through(slot, [slot.node], engine_of(context), blocks_of(context))
        return tuple(sorted({*segment.names, *through.reads.names}))

    def shape(self, rendered: Rendered, is_foreign: bool) -> Shape:
        """What the unit, as it was rendered, does to the elements around it; it may be said to do too much."""
        if self.is_misfit or not self._layout.shape.is_balanced:
            return shape_of(_text_of(rendered), is_foreign)
        seen = frozenset().union(*self._shapes.values())
        return _together(self._layout.shape, seen) if seen else self._layout.shape

    def include(self, slot: Slot, owner: Any, context: Context, old: Value | None, pushed: bool = False) -> Value:
        """
        What stands in ``slot``: the template, partial, block or filling ``owner``.

        ``pushed`` when its place on the render context's stack was made already, as {% extends %} does.
        """
        if isinstance(owner, BlockNode | Fill | SlotNode):
            return self._unit_in(slot, owner, context, old)
        if type(owner) not in TEMPLATE_TYPES:
            # Whatever it is, it has a render method.
            return self._text_in(slot, join_text(owner.render(context)))
        if pushed:
            return self._template_in(slot, owner, context, old)
        with context.render_context.push_state(owner):
            return self._template_in(slot, owner, context, old)

    def _template_in(self, slot: Slot, template: Any, context: Context, old: Value | None) -> Value:
        if announce(template, context):
            return self._unit_in(slot, template, context, old)
        return self._text_in(slot, join_text(template._render(context)))

    def _unit_in(self, slot: Slot, owner: Any, context: Context, old: Value | None) -> Value:
        unit = unit_of(owner, engine_of(context), slot.place.is_foreign)
        # What stands deeper in a slot that is shared is shared as a whole.
        is_in_part = self._local is not None and slot is self._slot
        local = slot.local_inside(self._local or frozenset()) if is_in_part else None
        evaluation = Evaluation(unit, self._surroundings, local)
        shared, self._here = self._here, None
        rendered = evaluation.run(context, old, shared)
        if local is not None and (evaluation.is_misfit or _is_local(rendered)):
            # Whether it fits is seen when a view completes it.
            return LOCAL if evaluation.is_misfit else rendered
        self._fit(slot, evaluation.shape(rendered, slot.place.is_foreign), rendered)
        if slot.place.drops_newline and not slot.place.fits_text(_text_of(rendered)[:1]):
            self.reject(slot, _text_of(rendered))
        if not rendered.part.slots and rendered.part.statics == ("",):
            return ""
        return rendered

    def _text_in(self, slot: Slot, text: str) -> str:
        if slot.place.is_strict or "<" in text:
            self.check(slot, text)
        return text

    def check(self, slot: Slot, text: str) -> None:
        """Look whether ``text``, in which there may be markup, fits into its slot."""
        place = slot.place
        if "<" in text:
            self._fit(slot, shape_of(text, place.is_foreign), text)
        if place.is_strict and not place.fits_text(text.partition("<")[0]):
            self.reject(slot, text)

    def _fit(self, slot: Slot, shape: Shape, value: Rendered | str) -> None:
        if not slot.place.fits(shape):
            text = _text_of(value)
            shape = shape_of(text, slot.place.is_foreign)
            if not slot.place.fits(shape):
                self.reject(slot, text)
        self._seen.add(shape)

    def reject(self, slot: Slot, text: str) -> None:
        """A text does not fit into its slot; the next layout of the unit takes it into account."""
        self.is_misfit = True
        self._unit.learn(slot, text)


def _text_of(value: Rendered | str) -> str:
    return outline_of(value.blended() if isinstance(value, Rendered) else value)


def announce(template: Any, context: Context) -> bool:
    """
    Send the signal that ``Template._render`` sends under Django's test client.

    False when something else was put in its place, which then has to be called.
    """
    render = type(template)._render
    if render.__module__ == "django.test.utils" and render.__name__ == "instrumented_test_render":
        from django.test.signals import template_rendered

        template_rendered.send(sender=template, template=template, context=context)
        return True
    return bool(render.__module__ == "django.template.base")


def _changed_since(memo: Memo, index: int, names: tuple[str, ...], context: Context | Names) -> Changed:
    """Which of the names have changed; None when others were remembered."""
    remembered = memo.bindings[index] if index < len(memo.bindings) else ((), ())
    return changed_since(context, names, remembered[1]) if remembered[0] == names else None


def _taken_over(count: int, before: Rendered | None, common: Rendered | None) -> list[Any]:
    """The values of ``count`` slots to begin with: those of the render before, and over them what is shared."""
    values: list[Any] = [None] * count if before is None else list(before.values)
    if common is not None:
        for number, value in enumerate(common.values):
            if number not in common.memo.local:
                values[number] = value
    return values


def keep_own(names: Names, old: Rendered, shared: Rendered | None) -> Rendered | None:
    """
    A view's tree ``old`` brought to a newer shared one, when nothing that it reads beside that has changed; None when that
    is not so, or not known.
    """
    if shared is None or old.memo is None or old.part is not shared.part:
        return None
    memo, before, part = old.memo, old.memo.shared, old.part
    local = shared.memo.local
    if before is None or before.memo.local != local or memo.surroundings != shared.memo.surroundings:
        return None
    if any(not part.slots[number].reads.complete for number in local):
        return None
    for index, segment in enumerate(segments_of(part, local)):
        if _changed_since(memo, index, segment.names, names) != _NOTHING:
            return None
    if before is shared:
        return old
    values = list(shared.values)
    for number in local:
        values[number] = old.values[number]
    return Rendered(part, tuple(values), replace(memo, shared=shared))


def _is_local(value: Any) -> bool:
    """Whether a value of a shared tree is, or holds, what each view has its own of."""
    return value is LOCAL or (isinstance(value, Rendered) and value.memo is not None and bool(value.memo.local))


def _together(shape: Shape, others: Iterable[Shape]) -> Shape:
    """
    The shape of a unit and of what stands in it.

    Where in it that stands is not known: the answer errs to the safe side.
    """
    return Shape(
        is_balanced=True,
        top=shape.top.union(*(other.top for other in others)),
        has_text=shape.has_text or any(other.has_text for other in others),
        exposed=shape.exposed.union(*(other.exposed for other in others)),
    )
