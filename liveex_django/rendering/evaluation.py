"""
One render: from a compiled unit and a context to a ``Rendered``.

A **unit** is what is compiled as a whole: a template, a block, a partial, a region. What stands in an ``{% include %}``
or a ``{% block %}`` is only known now, so units meet here.
"""

from __future__ import annotations

from typing import Any

from django.template.context import Context
from django.template.loader_tags import BlockNode

from .hosted import outline_of
from .includes import engine_of
from .layout import shape_of
from .place import Shape
from .rendered import Rendered, Value
from .slots import Slot, evaluate_slots, join_text
from .units import TEMPLATE_TYPES, UNDIVIDED, Unit, unit_of


class Evaluation:
    """What belongs to one render of one unit."""

    __slots__ = ("_layout", "_seen", "_unit", "is_misfit")

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        # Another thread may lay the unit out anew meanwhile.
        self._layout = unit.layout
        # What the values add to what the template alone shows to the elements around it.
        self._seen: list[Shape] = []
        self.is_misfit = False

    def run(self, context: Context) -> Rendered:
        """
        The unit, rendered.

        When a value does not fit into its slot, it is one slot as a whole.
        """
        part = self._layout.part
        rendered = Rendered(part, evaluate_slots(part, context, self))
        if self.is_misfit:
            return Rendered(UNDIVIDED, (rendered.blended(),))
        return rendered

    def shape(self, rendered: Rendered, is_foreign: bool) -> Shape:
        """What the unit, as it was rendered, does to the elements around it."""
        if self.is_misfit or not self._layout.shape.is_balanced:
            return shape_of(_text_of(rendered), is_foreign)
        return _together(self._layout.shape, self._seen) if self._seen else self._layout.shape

    def include(self, slot: Slot, owner: Any, context: Context, pushed: bool = False) -> Value:
        """
        What stands in ``slot``: the template, partial or block ``owner``.

        ``pushed`` when its place on the render context's stack was made already, as {% extends %} does.
        """
        if isinstance(owner, BlockNode):
            return self._unit_in(slot, owner, context)
        if type(owner) not in TEMPLATE_TYPES:
            # Whatever it is, it has a render method.
            return self._text_in(slot, join_text(owner.render(context)))
        if pushed:
            return self._template_in(slot, owner, context)
        with context.render_context.push_state(owner):
            return self._template_in(slot, owner, context)

    def _template_in(self, slot: Slot, template: Any, context: Context) -> Value:
        if announce(template, context):
            return self._unit_in(slot, template, context)
        return self._text_in(slot, join_text(template._render(context)))

    def _unit_in(self, slot: Slot, owner: Any, context: Context) -> Value:
        unit = unit_of(owner, engine_of(context), slot.place.is_foreign)
        evaluation = Evaluation(unit)
        rendered = evaluation.run(context)
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
            self.reject(slot, _text_of(value))
        self._seen.append(shape)

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


def _together(shape: Shape, others: list[Shape]) -> Shape:
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
