"""
How the value of a slot is made from the context: one class per kind of node that is understood.

Each does what the ``render`` of its node does, step by step, because the result must be Django's byte for byte. What
differs is that it keeps the tree instead of joining it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from html import escape
from typing import TYPE_CHECKING, Any

from django.template.base import Node, VariableDoesNotExist, VariableNode, render_value_in_context
from django.template.context import Context
from django.template.defaulttags import AutoEscapeControlNode, IfNode, WithNode
from django.utils.safestring import SafeString

from .annotate import annotate
from .hosted import HostedNode, blend, noted_hosted
from .names import ANYTHING, Reads, head, reads_of_expression, union
from .node_reads import reads_of_node
from .part import Part
from .place import ANYWHERE
from .rendered import Rendered, Value

if TYPE_CHECKING:
    from .evaluation import Evaluation

# Names of up to two steps that are bound to something else than when the old value was made; None when that is unknown.
Changed = frozenset[str] | None


class Slot(ABC):
    """
    A place in a part, and how to fill it.

    One slot serves all threads and all renders: what belongs to a render is in the context and in the
    ``Evaluation``, never here.
    """

    # Whether the value is always a str.
    is_text = False
    # The elements around it, when it stands in content.
    place = ANYWHERE
    # What it reads from around it.
    reads = ANYTHING
    # Its value holds others, some of which may be kept when it is evaluated again.
    is_nesting = False
    # What is written inside it under a name is gone behind it.
    keeps_names = False
    # Another unit stands in it.
    shows_unit = False
    # What says which, and what it is given.
    arguments = ANYTHING

    @abstractmethod
    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        """
        The value, as Django would render it in this context now.

        ``old`` is the value of an earlier render, of which whatever does not read ``changed`` names may be kept.
        """

    def local_inside(self, local: frozenset[str]) -> frozenset[str]:
        """Which of these names are still what they are outside, for a unit that stands in the slot."""
        return local


def evaluate_part(
    part: Part,
    context: Context,
    evaluation: Evaluation,
    old: tuple[Value, ...] | None = None,
    changed: Changed = None,
) -> tuple[Value, ...]:
    """
    The values of all slots of ``part``, in the order of the template, which tags that count rely on.

    Those that read nothing that changed are taken from ``old``; ``old`` itself when all are the same.
    """
    if old is None:
        return tuple([slot.evaluate(context, evaluation) for slot in part.slots])
    new: list[Value] | None = None
    for number in range(len(old)) if changed is None else part.affected(changed):
        seen = changed if number < part.steady else None
        value = part.slots[number].evaluate(context, evaluation, old[number], seen)
        if not is_same_value(value, old[number]):
            new = list(old) if new is None else new
            new[number] = value
    return old if new is None else tuple(new)


def is_same_value(value: Value, old: Value) -> bool:
    """Whether two values are the same without a look into them."""
    return value is old or (isinstance(value, str) and isinstance(old, str) and value == old)


class TextSlot(Slot):
    """One that makes a text, in which there may be markup."""

    @abstractmethod
    def text(self, context: Context) -> str:
        """The text, with stand-ins for live views in it."""

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        notes = noted_hosted(context)
        before = len(notes)
        return blend(self.text(context), notes, before)


class VariableSlot(TextSlot):
    """``{{ expression }}``."""

    is_text = True

    def __init__(self, node: VariableNode) -> None:
        self.node = node
        self.reads = reads_of_node(node)
        self._resolve = node.filter_expression.resolve

    def text(self, context: Context) -> str:
        try:
            value = self._resolve(context)
            if type(value) is str:
                # What render_value_in_context comes to for a plain str, without five calls.
                return escape(value) if context.autoescape else value
            if type(value) is SafeString:
                return value
            return render_value_in_context(value, context)
        except UnicodeDecodeError:
            return ""
        except Exception as error:
            annotate(error, self.node, context)
            raise

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> str:
        return self.text(context)


def join_text(text: Any) -> str:
    """
    What a node rendered, as plain text.

    ``join`` complains about a node that renders to something else in the words ``NodeList.render`` uses.
    """
    return "".join((text,))


class OpaqueSlot(TextSlot):
    """A tag that is not understood: Django renders it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.reads = reads_of_node(node)

    def text(self, context: Context) -> str:
        return join_text(self.node.render_annotated(context))


class PiecesSlot(TextSlot):
    """A stretch of template that is one text: attributes, the text of a <title>, or what cannot be divided."""

    def __init__(self, pieces: Sequence[str | TextSlot]) -> None:
        self.pieces = tuple(pieces)
        self.reads = union(piece.reads for piece in pieces if isinstance(piece, Slot))

    def text(self, context: Context) -> str:
        return "".join([piece if isinstance(piece, str) else piece.text(context) for piece in self.pieces])


class HostedSlot(Slot):
    """A tag that puts a live view where it stands."""

    def __init__(self, node: HostedNode) -> None:
        self.node = node
        self.reads = reads_of_node(node)

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            return self.node.host(context)
        except Exception as error:
            annotate(error, self.node, context)
            raise


class IfSlot(Slot):
    """``{% if %}`` with its branches: the value is the part of the branch that holds, or ``""``."""

    is_nesting = True

    def __init__(self, node: IfNode, parts: Sequence[Part]) -> None:
        self.node = node
        self.branches = tuple(zip((condition for condition, _ in node.conditions_nodelists), parts, strict=False))
        self.reads = reads_of_node(node)

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            for condition, part in self.branches:
                if condition is None or self._holds(condition, context):
                    return rendered_or_empty(part, context, evaluation, old, changed)
        except Exception as error:
            annotate(error, self.node, context)
            raise
        return ""

    @staticmethod
    def _holds(condition: Any, context: Context) -> Any:
        try:
            return condition.eval(context)
        except VariableDoesNotExist:
            return False


class ScopeSlot(Slot):
    """A tag that only changes the context for what is inside it: the value is the part inside."""

    is_nesting = True

    def __init__(
        self,
        node: Node,
        part: Part,
        scope: Callable[[Context], Any],
        # The names that it binds.
        bound: Mapping[str, Any] | None = None,
    ) -> None:
        self.node = node
        self.part = part
        self.reads = reads_of_node(node)
        self.keeps_names = bound is not None
        self._scope = scope
        names = reads_of_part(part).names
        # What each of the names is made from, and how it is read inside.
        self._bound = {
            name: (reads_of_expression(expression).names, frozenset(inner for inner in names if head(inner) == name))
            for name, expression in (bound or {}).items()
        }

    def evaluate(
        self, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
    ) -> Value:
        try:
            with self._scope(context):
                return rendered_or_empty(self.part, context, evaluation, old, self._changed_inside(changed))
        except Exception as error:
            annotate(error, self.node, context)
            raise

    def _changed_inside(self, changed: Changed) -> Changed:
        if not self._bound or changed is None:
            return changed
        inside = {name for name in changed if head(name) not in self._bound}
        for made_from, read_as in self._bound.values():
            if not changed.isdisjoint(made_from):
                inside |= read_as
        return frozenset(inside)


def with_slot(node: WithNode, part: Part) -> ScopeSlot:
    """``{% with name=expression %}``."""

    def scope(context: Context) -> Any:
        values = {name: expression.resolve(context) for name, expression in node.extra_context.items()}
        return context.push(**values)

    return ScopeSlot(node, part, scope, node.extra_context)


def autoescape_slot(node: AutoEscapeControlNode, part: Part) -> ScopeSlot:
    """``{% autoescape on %}`` and ``{% autoescape off %}``."""

    @contextmanager
    def scope(context: Context) -> Iterator[None]:
        # Not put back when the body raises: Django does not either.
        before = context.autoescape
        context.autoescape = node.setting
        yield
        context.autoescape = before

    return ScopeSlot(node, part, scope)


def null_slot(node: Node, part: Part) -> ScopeSlot:
    """A tag that changes nothing for what is inside it."""
    return ScopeSlot(node, part, lambda context: nullcontext())


def rendered_or_empty(
    part: Part, context: Context, evaluation: Evaluation, old: Value | None = None, changed: Changed = None
) -> Rendered | str:
    """
    The part rendered; ``""`` for a branch that holds nothing, as the wire format wants it.

    ``old`` counts when it is of the same part.
    """
    if not part.slots and part.statics == ("",):
        return ""
    if not isinstance(old, Rendered) or old.part is not part:
        return Rendered(part, evaluate_part(part, context, evaluation))
    values = evaluate_part(part, context, evaluation, old.values, changed)
    return old if values is old.values else Rendered(part, values)


def reads_of_part(part: Part) -> Reads:
    """What the slots of a part read together."""
    return union(slot.reads for slot in part.slots)
