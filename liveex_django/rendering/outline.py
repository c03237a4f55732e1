"""
A template as text and holes: what never changes, and the tags and variables between.

Which of the tags are understood, and how each is taken apart, is the table at the end. Everything else is opaque:
Django renders it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.template import defaulttags
from django.template.base import Node, NodeList, TextNode, VariableNode
from django.template.defaulttags import (
    AutoEscapeControlNode,
    CommentNode,
    ForNode,
    IfNode,
    LoadNode,
    TemplateTagNode,
    VerbatimNode,
    WithNode,
)
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode

from .component_slots import ComponentSlot, FillSlot
from .components import ComponentNode, SlotNode
from .hosted import HostedNode
from .includes import BlockSlot, ExtendsSlot, IncludeSlot, PartialSlot, SuperSlot
from .loops import ForSlot
from .part import Part
from .slots import (
    HostedSlot,
    IfSlot,
    OpaqueSlot,
    Slot,
    TextSlot,
    VariableSlot,
    autoescape_slot,
    null_slot,
    with_slot,
)


class Hole:
    """
    A tag or a variable, and what the template says may stand in its place.

    ``branches`` are the stretches of template inside it, of which one (or, in a loop, any number) is shown. None
    means that the content is known only when it is rendered.
    """

    __slots__ = ("_make", "branches", "is_unit", "node")

    def __init__(
        self,
        node: Node,
        branches: Sequence[Items] | None,
        make: Callable[[Sequence[Part]], Slot],
        # What stands in it is compiled by itself: another template, or a block.
        is_unit: bool = False,
    ) -> None:
        self.node = node
        self.branches = branches
        self.is_unit = is_unit
        self._make = make

    def slot(self, parts: Sequence[Part] = ()) -> Slot:
        """What evaluates it, with its branches laid out as ``parts``."""
        return self._make(parts)

    def text_slot(self) -> TextSlot:
        """What evaluates it to one text."""
        return VariableSlot(self.node) if type(self.node) is VariableNode else OpaqueSlot(self.node)


Items = list["str | Hole"]


def outline(nodelist: NodeList) -> Items:
    """The nodes as texts and holes; neighbouring texts are one."""
    items: Items = []
    for node in nodelist:
        item = _item(node)
        if isinstance(item, str) and items and isinstance(items[-1], str):
            items[-1] += item
        elif item != "":
            items.append(item)
    return items


def _item(node: Node) -> str | Hole:
    take_apart = _KINDS.get(type(node))
    if isinstance(node, HostedNode):
        return Hole(node, None, lambda parts: HostedSlot(node))
    return Hole(node, None, lambda parts: OpaqueSlot(node)) if take_apart is None else take_apart(node)


def _variable(node: VariableNode) -> Hole:
    expression = node.filter_expression
    if getattr(expression.var, "lookups", None) == ("block", "super") and not expression.filters:
        return Hole(node, None, lambda parts: SuperSlot(node), is_unit=True)
    return Hole(node, None, lambda parts: VariableSlot(node))


def _if(node: IfNode) -> Hole:
    nodelists: list[Any] = [nodelist for _, nodelist in node.conditions_nodelists]
    branches = list(map(outline, nodelists))
    if node.conditions_nodelists[-1][0] is not None:
        # No {% else %}: it may also be nothing.
        branches.append([])
    return Hole(node, branches, lambda parts: IfSlot(node, parts))


def _for(node: ForNode) -> Hole:
    nodelists: list[Any] = [node.nodelist_loop, node.nodelist_empty]
    branches = list(map(outline, nodelists))
    return Hole(node, branches, lambda parts: ForSlot(node, parts))


def _with(node: WithNode) -> Hole:
    return Hole(node, [outline(node.nodelist)], lambda parts: with_slot(node, parts[0]))


def _autoescape(node: AutoEscapeControlNode) -> Hole:
    return Hole(node, [outline(node.nodelist)], lambda parts: autoescape_slot(node, parts[0]))


def _partial_definition(node: Any) -> str | Hole:
    if not node.inline:
        return ""
    return Hole(node, [outline(node.nodelist)], lambda parts: null_slot(node, parts[0]))


_KINDS: dict[type, Callable[[Any], str | Hole]] = {
    TextNode: lambda node: node.s,
    VerbatimNode: lambda node: node.content,
    TemplateTagNode: lambda node: node.mapping.get(node.tagtype, ""),
    CommentNode: lambda node: "",
    LoadNode: lambda node: "",
    VariableNode: _variable,
    IfNode: _if,
    ForNode: _for,
    WithNode: _with,
    AutoEscapeControlNode: _autoescape,
    IncludeNode: lambda node: Hole(node, None, lambda parts: IncludeSlot(node), is_unit=True),
    ExtendsNode: lambda node: Hole(node, None, lambda parts: ExtendsSlot(node), is_unit=True),
    BlockNode: lambda node: Hole(node, None, lambda parts: BlockSlot(node), is_unit=True),
    ComponentNode: lambda node: Hole(node, None, lambda parts: ComponentSlot(node), is_unit=True),
    SlotNode: lambda node: Hole(node, None, lambda parts: FillSlot(node), is_unit=True),
}

# Django 6.
if hasattr(defaulttags, "PartialNode"):
    _KINDS[defaulttags.PartialNode] = lambda node: Hole(node, None, lambda parts: PartialSlot(node), is_unit=True)
    _KINDS[defaulttags.PartialDefNode] = _partial_definition
