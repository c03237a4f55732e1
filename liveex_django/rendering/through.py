"""
What a piece of template reads, with the templates that it includes and the blocks that it shows looked into.

Which those are is known only in a render: a loader may give another template under the same name, and a child another
block. So an answer is kept with what it was made from, and holds as long as that is found again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.template.base import Node
from django.template.context import Context
from django.template.engine import Engine
from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, IncludeNode, construct_relative_path

from .components import PASSED_ON, ComponentNode, SlotNode
from .names import ANYTHING, Reads, head, reads_of_expression, union
from .node_reads import reads_of_nodes


class Through(NamedTuple):
    """
    Attributes:
        reads: What is read, by what is shown too.
        shown: The templates and blocks that were looked into, by the node that shows them.
    """

    reads: Reads
    shown: tuple[tuple[Node, Any], ...]


_known: WeakKeyDictionary[Any, Through] = WeakKeyDictionary()


def look_through(owner: Any, nodes: Iterable[Node], engine: Engine, blocks: BlockContext | None = None) -> Through:
    """What the nodes read; the answer is kept with ``owner``, to which they belong, and given again while it holds."""
    known = _known.get(owner)
    if known is not None and all(shown_by(node, engine, blocks) is shown for node, shown in known.shown):
        return known
    look = _Look(engine, blocks)
    through = _known[owner] = Through(reads_of_nodes(nodes, look), tuple(look.shown.items()))
    return through


def shown_by(node: Node, engine: Engine, blocks: BlockContext | None = None) -> Any:
    """
    What stands in place of ``node``, with a nodelist: the template that an ``{% include "name" %}`` shows, or the block that
    has the last word. None when that is not known, or cannot be loaded.
    """
    if isinstance(node, BlockNode):
        block = None if blocks is None else blocks.get_block(node.name)
        return node if block is None else block
    if isinstance(node, ComponentNode):
        return _loaded(engine, node.component.template_name)
    if not isinstance(node, IncludeNode):
        return None
    name = node.template.var
    if not isinstance(name, str) or node.template.filters:
        return None
    own: Any = node.origin.template_name
    return _loaded(engine, construct_relative_path(own, str(name)))


def _loaded(engine: Engine, name: Any) -> Any:
    try:
        return engine.get_template(name)
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None


def blocks_of(context: Context) -> BlockContext | None:
    """The blocks of the templates that extend the one that is being rendered."""
    blocks: BlockContext | None = context.render_context.get(BLOCK_CONTEXT_KEY)
    return blocks


class _Look:
    """Follows includes and blocks, each once."""

    def __init__(self, engine: Engine, blocks: BlockContext | None) -> None:
        self._engine = engine
        self._blocks = blocks
        self._open: set[int] = set()
        # How many components are around what is looked at.
        self._depth = 0
        self.shown: dict[Node, Any] = {}

    def __call__(self, node: Node) -> Reads:
        if isinstance(node, SlotNode):
            # What a caller puts in its place is looked into with the caller.
            return reads_of_nodes(node.nodelist, self) if self._depth else ANYTHING
        shown = self.shown[node] = shown_by(node, self._engine, self._blocks)
        if shown is None or id(shown) in self._open:
            # A template that includes itself ends somewhere; where, depends on what it is given.
            return ANYTHING
        self._open.add(id(shown))
        self._depth += isinstance(node, ComponentNode)
        inside = reads_of_nodes(shown.nodelist, self)
        self._depth -= isinstance(node, ComponentNode)
        self._open.discard(id(shown))
        return self._around_component(node, inside) if isinstance(node, ComponentNode) else self._around(node, inside)

    def _around_component(self, node: ComponentNode, inside: Reads) -> Reads:
        """What a component reads, from outside: its attributes, what fills its slots, and what is passed on to it."""
        arguments = union(map(reads_of_expression, node.attributes.values()))
        fills = [reads_of_nodes(fill.nodelist, self) for fill in node.fills.values()]
        passed_on = frozenset(name for name in inside.names if head(name) in PASSED_ON)
        return union([arguments, *fills, Reads(passed_on, inside.complete, inside.steady, inside.quick)])

    @staticmethod
    def _around(node: Node, inside: Reads) -> Reads:
        """What an inner template reads, from outside of the tag that shows it."""
        if not isinstance(node, IncludeNode):
            return inside.without({"block"})
        arguments = union(map(reads_of_expression, node.extra_context.values()))
        outer = frozenset() if node.isolated_context else inside.without(node.extra_context).names
        return union([arguments, Reads(outer, inside.complete, inside.steady, inside.quick)])
