"""
Slots whose content is another template, known only while rendering: ``{% include %}``, ``{% extends %}`` and
``{% block %}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.template.base import Node, Template, TextNode, render_value_in_context
from django.template.context import Context
from django.template.engine import Engine
from django.template.loader_tags import (
    BLOCK_CONTEXT_KEY,
    BlockContext,
    BlockNode,
    ExtendsNode,
    IncludeNode,
    construct_relative_path,
)

from .annotate import annotate
from .names import NOTHING, reads_of_expression, union
from .rendered import Value
from .slots import Changed, Slot, join_text

if TYPE_CHECKING:
    from .evaluation import Evaluation


class IncludeSlot(Slot):
    """``{% include %}``: the value is the included template's part."""

    shows_unit = True

    def __init__(self, node: IncludeNode) -> None:
        self.node = node
        expressions: list[Any] = [node.template, *node.extra_context.values()]
        self.arguments = union(map(reads_of_expression, expressions))

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            template = self._find(context)
            values = {name: value.resolve(context) for name, value in self.node.extra_context.items()}
            if self.node.isolated_context:
                return evaluation.include(self, template, context.new(values), old)
            with context.push(**values):
                return evaluation.include(self, template, context, old)
        except Exception as error:
            annotate(error, self.node, context)
            raise

    def local_inside(self, local: frozenset[str]) -> frozenset[str]:
        return frozenset() if self.node.isolated_context else local.difference(self.node.extra_context)

    def _find(self, context: Context) -> Any:
        """The template, from the cache that IncludeNode keeps for the time of one render."""
        found: Any = self.node.template.resolve(context)
        if callable(getattr(found, "render", None)):
            # The wrapper that django.template.loader gives has the template itself inside.
            return getattr(found, "template", found)
        names = self._names(found or ())
        bottom: Any = context.render_context.dicts[0]
        cache = bottom.setdefault(self.node, {})
        template = cache.get(names)
        if template is None:
            engine: Any = engine_of(context)
            template = cache[names] = engine.select_template(names)
        return template

    def _names(self, found: Any) -> tuple[Any, ...]:
        if not isinstance(found, str):
            return tuple(found)
        own: Any = self.node.origin.template_name
        return (construct_relative_path(own, found),)


class PartialSlot(Slot):
    """``{% partial %}`` of Django 6."""

    shows_unit = True
    arguments = NOTHING

    def __init__(self, node: Any) -> None:
        self.node = node

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            partial = self.node.partial_mapping[self.node.partial_name]
        except KeyError:
            # Not defined: the tag says so itself.
            return join_text(self.node.render_annotated(context))
        try:
            return evaluation.include(self, partial, context, old)
        except Exception as error:
            annotate(error, self.node, context)
            raise


class ExtendsSlot(Slot):
    """``{% extends %}``: the value is the parent's part, with this template's blocks in it."""

    def __init__(self, node: ExtendsNode) -> None:
        self.node = node

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            parent = self.node.get_parent(context)
            add_blocks(self.node, parent, context)
            with context.render_context.push_state(parent, isolated_context=False):
                return evaluation.include(self, parent, context, old, pushed=True)
        except Exception as error:
            annotate(error, self.node, context)
            raise


def add_blocks(node: ExtendsNode, parent: Template, context: Context) -> None:
    """Tell the blocks of ``parent`` what ``node`` puts into them."""
    if BLOCK_CONTEXT_KEY not in context.render_context:
        context.render_context[BLOCK_CONTEXT_KEY] = BlockContext()
    blocks: BlockContext = context.render_context[BLOCK_CONTEXT_KEY]
    blocks.add_blocks(node.blocks)
    if is_root_of_chain(parent):
        # Its blocks are what {{ block.super }} ends at.
        found: list[Any] = parent.nodelist.get_nodes_by_type(BlockNode)
        blocks.add_blocks({block.name: block for block in found})


def is_root_of_chain(template: Template) -> bool:
    """Whether ``template`` has tags and extends nothing: {% extends %} must be the first node that is not text."""
    first = next((node for node in template.nodelist if not isinstance(node, TextNode)), None)
    return first is not None and not isinstance(first, ExtendsNode)


class BlockSlot(Slot):
    """``{% block %}``: the value is the part of whichever template of the chain has the last word."""

    shows_unit = True
    arguments = NOTHING

    def __init__(self, node: BlockNode) -> None:
        self.node = node

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            with enter_block(self.node, context) as block:
                return evaluation.include(self, block, context, old)
        except Exception as error:
            annotate(error, self.node, context)
            raise


class SuperSlot(Slot):
    """``{{ block.super }}``: the value is the part of the block that this one overrides."""

    shows_unit = True
    arguments = NOTHING

    def __init__(self, node: Node) -> None:
        self.node = node

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        block = context.get("block")
        if not isinstance(block, BlockNode) or not hasattr(block, "context"):
            # Not what it looks like; Django knows what to say.
            return join_text(self.node.render_annotated(context))
        try:
            blocks = block.context.render_context.get(BLOCK_CONTEXT_KEY)
            if blocks is None or blocks.get_block(block.name) is None:
                return ""
            with enter_block(block, block.context) as outer:
                return evaluation.include(self, outer, block.context, old)
        except Exception as error:
            if getattr(error, "silent_variable_failure", False):
                # block.super is looked up like any variable, and such an error means "invalid" there.
                return render_value_in_context(engine_of(context).string_if_invalid, context)
            annotate(error, self.node, context)
            raise


def engine_of(context: Context) -> Engine:
    """The engine of the template that is being rendered."""
    template = context.template
    if template is None:
        raise AssertionError("a context is bound to a template while that is rendered")
    return template.engine


@contextmanager
def enter_block(node: BlockNode, context: Context) -> Iterator[BlockNode]:
    """
    The block that fills the place of ``node``, with ``context["block"]`` set for ``{{ block.super }}``.

    It is taken off the list of overriding blocks meanwhile, so that the next one down is its "super". Put back only
    when the body did not raise, as Django does.
    """
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    with context.push():
        if blocks is None:
            context["block"] = node
            yield node
            return
        taken = blocks.pop(node.name)
        block = node if taken is None else taken
        # A node is shared by threads, so what belongs to this render is kept on a copy.
        here = type(node)(block.name, block.nodelist)
        here.context = context
        context["block"] = here
        yield block
        if taken is not None:
            blocks.push(node.name, taken)
