"""
One render: from a compiled unit and a context to a ``Rendered``.

A **unit** is what is compiled as a whole: a template, a block, a partial. What stands in an ``{% include %}`` or a
``{% block %}`` is only known now, so units meet here.
"""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

from django.template import base
from django.template.base import Template
from django.template.context import Context
from django.template.engine import Engine
from django.template.loader_tags import BlockNode

from .layout import lay_out
from .outline import outline
from .plain import all_plain
from .rendered import Rendered, Value
from .slots import Slot, evaluate_slots, reads_of_part

# Django 6 has partials, which are templates in all but name.
TEMPLATE_TYPES: tuple[type, ...] = tuple(
    getattr(base, name) for name in ("Template", "PartialTemplate") if hasattr(base, name)
)


class Unit:
    """A template, block or partial, compiled; shared by all threads."""

    def __init__(self, owner: Any) -> None:
        self.items = outline(owner.nodelist)
        self.part = lay_out(self.items)

    @property
    def names(self) -> frozenset[str]:
        """The names of the context that it reads, as far as they can be known."""
        return reads_of_part(self.part).names

    def is_plain(self, engine: Engine) -> bool:
        """Whether no tag in it is opaque; templates it includes by a constant name are looked into."""
        return all_plain(self.items, engine)


class Evaluation:
    """What belongs to one render of one unit."""

    __slots__ = ("unit",)

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def run(self, context: Context) -> Rendered:
        """The unit, rendered."""
        part = self.unit.part
        return Rendered(part, evaluate_slots(part, context, self))

    def include(self, slot: Slot, owner: Any, context: Context, pushed: bool = False) -> Value:
        """
        What stands in ``slot``: the template, partial or block ``owner``.

        ``pushed`` when its place on the render context's stack was made already, as {% extends %} does.
        """
        if isinstance(owner, BlockNode):
            return Evaluation(unit_of(owner)).run(context)
        if type(owner) not in TEMPLATE_TYPES:
            # Whatever it is, it has a render method.
            return "".join((owner.render(context),))
        return render_inside(owner, context) if pushed else render_template(owner, context)


def render_template(template: Template, context: Context) -> Rendered | str:
    """``Template.render``, step by step."""
    with context.render_context.push_state(template):
        if context.template is not None:
            return render_inside(template, context)
        with context.bind_template(template):
            context.template_name = template.name
            return render_inside(template, context)


def render_inside(template: Template, context: Context) -> Rendered | str:
    """
    ``Template._render``, which Django's test client replaces by one that sends a signal.

    Anything else that was put in its place is called, and what it gives is a text to us.
    """
    render = type(template)._render
    if render.__module__ == "django.test.utils" and render.__name__ == "instrumented_test_render":
        from django.test.signals import template_rendered

        template_rendered.send(sender=template, template=template, context=context)
    elif render.__module__ != "django.template.base":
        return "".join((template._render(context),))
    return Evaluation(unit_of(template)).run(context)


_units: WeakKeyDictionary[Any, Unit] = WeakKeyDictionary()
_compiling = threading.RLock()


def unit_of(owner: Any) -> Unit:
    """
    The compiled form of a template, block or partial; compiled when it is first asked for.

    Kept as long as Django keeps the owner: its nodes do not refer back to it, so the entry goes when a loader drops it.
    """
    unit = _units.get(owner)
    if unit is None:
        with _compiling:
            unit = _units.get(owner)
            if unit is None:
                unit = _units[owner] = Unit(owner)
    return unit
