"""
How the value of a slot is made from the context: one class per kind of node that is understood.

Each does what the ``render`` of its node does, step by step, because the result must be Django's byte for byte. What
differs is that it keeps the tree instead of joining it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from html import escape
from typing import TYPE_CHECKING, Any

import django
from django.template.base import Node, VariableDoesNotExist, VariableNode, render_value_in_context
from django.template.context import Context
from django.template.defaulttags import AutoEscapeControlNode, ForNode, IfNode, WithNode
from django.utils.safestring import SafeString

from .annotate import annotate
from .hosted import HostedNode, blend, noted_hosted
from .names import Reads, reads_of_condition, reads_of_expression, reads_of_opaque, union
from .part import Part
from .place import ANYWHERE
from .rendered import Rendered, Rows, Value

if TYPE_CHECKING:
    from .evaluation import Evaluation


# forloop.length came with Django 6.0.
_HAS_LENGTH = django.VERSION >= (6, 0)


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
    # The names it reads from around it.
    reads = Reads(complete=False)

    @abstractmethod
    def evaluate(self, context: Context, evaluation: Evaluation) -> Value:
        """The value, as Django would render it in this context now."""


def evaluate_slots(part: Part, context: Context, evaluation: Evaluation) -> tuple[Value, ...]:
    """The values of all slots of ``part``, in the order of the template, which tags that count rely on."""
    return tuple([slot.evaluate(context, evaluation) for slot in part.slots])


class TextSlot(Slot):
    """One that makes a text, in which there may be markup."""

    @abstractmethod
    def text(self, context: Context) -> str:
        """The text, with stand-ins for live views in it."""

    def evaluate(self, context: Context, evaluation: Evaluation) -> Value:
        notes = noted_hosted(context)
        before = len(notes)
        return blend(self.text(context), notes, before)


class VariableSlot(TextSlot):
    """``{{ expression }}``."""

    is_text = True

    def __init__(self, node: VariableNode) -> None:
        self.node = node
        self.reads = reads_of_expression(node.filter_expression)
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

    def evaluate(self, context: Context, evaluation: Evaluation) -> str:
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
        self.reads = reads_of_opaque(node)

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

    def evaluate(self, context: Context, evaluation: Evaluation) -> Value:
        try:
            return self.node.host(context)
        except Exception as error:
            annotate(error, self.node, context)
            raise


class IfSlot(Slot):
    """``{% if %}`` with its branches: the value is the part of the branch that holds, or ``""``."""

    def __init__(self, node: IfNode, parts: Sequence[Part]) -> None:
        self.node = node
        conditions = [condition for condition, _ in node.conditions_nodelists]
        self.branches = tuple(zip(conditions, parts, strict=False))
        self.reads = union([*map(reads_of_condition, conditions), *map(reads_of_part, parts)])

    def evaluate(self, context: Context, evaluation: Evaluation) -> Value:
        try:
            for condition, part in self.branches:
                if condition is None or self._holds(condition, context):
                    return rendered_or_empty(part, context, evaluation)
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


class ForSlot(Slot):
    """``{% for %}``: the value is its rows, or the part of ``{% empty %}`` when there are none."""

    def __init__(self, node: ForNode, parts: Sequence[Part]) -> None:
        self.node = node
        self._sequence: Any = node.sequence
        self.body, self.empty = parts
        body = reads_of_part(self.body).without({*node.loopvars, "forloop"})
        self.reads = union([reads_of_expression(node.sequence), body, reads_of_part(self.empty)])

    def evaluate(self, context: Context, evaluation: Evaluation) -> Value:
        try:
            parent = context.get("forloop", {})
            with context.push():
                values = self._sequence.resolve(context, ignore_failures=True)
                if values is None:
                    values = []
                if not hasattr(values, "__len__"):
                    values = list(values)
                if len(values) < 1:
                    return rendered_or_empty(self.empty, context, evaluation)
                return Rows(self.body, tuple(self._rows(values, parent, context, evaluation)))
        except Exception as error:
            annotate(error, self.node, context)
            raise

    def _rows(self, values: Any, parent: Any, context: Context, evaluation: Evaluation) -> Iterator[tuple[Value, ...]]:
        count = len(values)
        if self.node.is_reversed:
            values = reversed(values)
        names = self.node.loopvars
        name = names[0]
        slots = self.body.slots
        loop: dict[str, Any] = {"parentloop": parent}
        if _HAS_LENGTH:
            loop["length"] = count
        context["forloop"] = loop
        for number, item in enumerate(values):
            loop["counter0"] = number
            loop["counter"] = number + 1
            loop["revcounter"] = count - number
            loop["revcounter0"] = count - number - 1
            loop["first"] = number == 0
            loop["last"] = number == count - 1
            if len(names) == 1:
                context[name] = item
                yield tuple([slot.evaluate(context, evaluation) for slot in slots])
            else:
                context.update(self._unpack(item))
                yield tuple([slot.evaluate(context, evaluation) for slot in slots])
                context.pop()

    def _unpack(self, item: Any) -> dict[str, Any]:
        names = self.node.loopvars
        try:
            length = len(item)
        except TypeError:
            length = 1
        if length != len(names):
            # Django's words: a project may show or match them.
            raise ValueError(f"Need {len(names)} values to unpack in for loop; got {length}. ")
        return dict(zip(names, item, strict=False))


class ScopeSlot(Slot):
    """A tag that only changes the context for what is inside it: the value is the part inside."""

    def __init__(self, node: Node, part: Part, reads: Reads, scope: Callable[[Context], Any]) -> None:
        self.node = node
        self.part = part
        self.reads = reads
        self._scope = scope

    def evaluate(self, context: Context, evaluation: Evaluation) -> Value:
        try:
            with self._scope(context):
                return rendered_or_empty(self.part, context, evaluation)
        except Exception as error:
            annotate(error, self.node, context)
            raise


def with_slot(node: WithNode, part: Part) -> ScopeSlot:
    """``{% with name=expression %}``."""

    def scope(context: Context) -> Any:
        values = {name: expression.resolve(context) for name, expression in node.extra_context.items()}
        return context.push(**values)

    arguments = map(reads_of_expression, node.extra_context.values())
    inside = reads_of_part(part).without(node.extra_context)
    return ScopeSlot(node, part, union([*arguments, inside]), scope)


def autoescape_slot(node: AutoEscapeControlNode, part: Part) -> ScopeSlot:
    """``{% autoescape on %}`` and ``{% autoescape off %}``."""

    @contextmanager
    def scope(context: Context) -> Iterator[None]:
        # Not put back when the body raises: Django does not either.
        before = context.autoescape
        context.autoescape = node.setting
        yield
        context.autoescape = before

    return ScopeSlot(node, part, reads_of_part(part), scope)


def rendered_or_empty(part: Part, context: Context, evaluation: Evaluation) -> Rendered | str:
    """The part rendered; ``""`` for a branch that holds nothing, as the wire format wants it."""
    if not part.slots and part.statics == ("",):
        return ""
    return Rendered(part, evaluate_slots(part, context, evaluation))


def reads_of_part(part: Part) -> Reads:
    """What the slots of a part read together."""
    return union(slot.reads for slot in part.slots)


def null_slot(node: Node, part: Part) -> ScopeSlot:
    """A tag that changes nothing for what is inside it."""
    return ScopeSlot(node, part, reads_of_part(part), lambda context: nullcontext())
