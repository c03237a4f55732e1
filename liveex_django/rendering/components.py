"""
The tags of components: ``{% live_component %}`` puts the template of one where it stands, and ``{% slot %}`` what its
caller gave into that.

What a component takes, live/ knows; here it is something that has a template, and makes its context from what it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.template.base import FilterExpression, Node, NodeList, Template
from django.template.context import Context
from django.template.engine import Engine
from django.utils.safestring import SafeString

from liveex_django.store import FrozenDict

# The slot of what stands in a component outside of every {% slot %}.
DEFAULT_SLOT = "default"
# What a component sees of the context around it, besides its attributes and slots.
PASSED_ON = frozenset({"csrf_token", "perms", "request"})
# The variable of its context that says which slots were given, and the one that has them.
SLOTS = "slots"
_GIVEN = "liveex_slots"


class Component(Protocol):
    """What a tag puts where it stands."""

    @property
    def template_name(self) -> str: ...

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes, checked, with those that have a default."""


class Fill:
    """What a caller gives for a slot: a stretch of its own template."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist


class _Given:
    """The slots of one use of a component, and the context in which they are rendered: the caller's."""

    def __init__(self, fills: Mapping[str, Fill], context: Context) -> None:
        self.fills = fills
        self.context = context


class ComponentNode(Node):
    """
    Args:
        attributes: What it is given, by name.
        nodelist: All that stands in the tag.
        fills: The same, by slot.
    """

    def __init__(
        self,
        component: Component,
        attributes: Mapping[str, FilterExpression],
        nodelist: NodeList,
        fills: Mapping[str, Fill],
    ) -> None:
        self.component = component
        self.attributes = attributes
        self.nodelist = nodelist
        self.fills = fills
        self._slots: FrozenDict[str, bool] = FrozenDict(dict.fromkeys(fills, True))

    def find(self, engine: Engine) -> Template:
        """
        Raises:
            TemplateDoesNotExist: The component's template.
        """
        return engine.get_template(self.component.template_name)

    def enter(self, context: Context) -> Context:
        """The context in which the component is rendered; nothing of the one around it is in it but what is passed on."""
        attributes = {name: value.resolve(context) for name, value in self.attributes.items()}
        values = {name: context[name] for name in PASSED_ON if name in context}
        values.update(self.component.bind(attributes))
        values[SLOTS] = self._slots
        values[_GIVEN] = _Given(self.fills, context)
        return context.new(values)

    def render(self, context: Context) -> SafeString:
        template: Any = context.template
        return self.find(template.engine).render(self.enter(context))


class SlotNode(Node):
    """``{% slot "name" %}`` in the template of a component: what its caller gave, else what stands in the tag."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def fill(self, context: Context) -> tuple[Fill | SlotNode, Context]:
        """What is shown, and the context in which it is rendered."""
        given = context.get(_GIVEN)
        if not isinstance(given, _Given) or self.name not in given.fills:
            return self, context
        return given.fills[self.name], given.context

    def render(self, context: Context) -> SafeString:
        shown, scope = self.fill(context)
        with scope.push():
            return shown.nodelist.render(scope)
