"""
Which names of the context a piece of template reads.

Known for what Django's own nodes evaluate: filter expressions and the conditions of ``{% if %}``. A tag that renders
itself may read anything beyond what its arguments name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.template.base import FilterExpression, Node, Variable
from django.template.smartif import TokenBase


@dataclass(frozen=True, slots=True)
class Reads:
    """Names that are read; when not ``complete``, others may be as well."""

    names: frozenset[str] = frozenset()
    complete: bool = True

    def without(self, bound: Collection[str]) -> Reads:
        """What is read from outside of a tag that binds these names."""
        return Reads(self.names.difference(bound), self.complete)


NOTHING = Reads()


def union(several: Iterable[Reads]) -> Reads:
    """All of them together."""
    names: set[str] = set()
    complete = True
    for reads in several:
        names |= reads.names
        complete = complete and reads.complete
    return Reads(frozenset(names), complete)


def reads_of_expression(expression: Any) -> Reads:
    """The first steps of ``{{ item.name|default:other }}``: item and other."""
    if isinstance(expression, Variable):
        return Reads(frozenset(expression.lookups[:1])) if expression.lookups else NOTHING
    if not isinstance(expression, FilterExpression):
        return NOTHING
    variables = [expression.var, *(argument for _, arguments in expression.filters for _, argument in arguments)]
    return union(reads_of_expression(variable) for variable in variables if isinstance(variable, Variable))


def reads_of_condition(condition: Any) -> Reads:
    """What the condition of an ``{% if %}`` reads: a tree of operators over filter expressions."""
    if condition is None:
        return NOTHING
    value = getattr(condition, "value", None)
    if isinstance(value, FilterExpression):
        return reads_of_expression(value)
    if not isinstance(condition, TokenBase):
        return Reads(complete=False)
    operands = [operand for operand in (condition.first, condition.second) if operand is not None]
    return union(map(reads_of_condition, operands)) if operands else Reads(complete=value is not None)


def reads_of_opaque(node: Node) -> Reads:
    """What the arguments of a tag read; the tag itself may read anything."""
    names = union(map(reads_of_expression, _expressions_in(vars(node).values()))).names
    return Reads(names, complete=False)


def _expressions_in(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, FilterExpression | Variable):
            yield value
        elif isinstance(value, dict):
            yield from _expressions_in(value.values())
        elif isinstance(value, list | tuple):
            yield from _expressions_in(item for item in value if not isinstance(item, Node))
