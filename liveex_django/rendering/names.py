"""
Which names of the context a piece of template reads.

A name is written with up to two steps of its path, ``"item.count"``: of a store that is bound under a name, and of a
dict, only what is read matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.template.base import FilterExpression, Variable
from django.template.smartif import TokenBase

from .purity import is_pure_filter

# What a lookup finds on the context itself when no variable has the name.
_OF_CONTEXT = frozenset(
    {"autoescape", "dicts", "render_context", "request", "template", "template_name", "use_l10n", "use_tz"}
)
# Methods of dates and times that tell the present moment.
_CLOCKS = frozenset({"now", "today", "utcnow"})


@dataclass(frozen=True, slots=True)
class Reads:
    """What a stretch of template depends on, as far as that is known."""

    names: frozenset[str] = frozenset()
    # The names are all there is: with the same values it gives the same text.
    complete: bool = True
    # It leaves the names of the context as they are.
    steady: bool = True
    # It runs no code that might wait, for a database say.
    quick: bool = True

    def without(self, bound: Collection[str]) -> Reads:
        """What is read from outside of a tag that binds these names."""
        names = {name for name in self.names if head(name) not in bound}
        if "forloop" in bound and "forloop.parentloop" in self.names:
            names.add("forloop")
        return Reads(frozenset(names), self.complete, self.steady, self.quick)

    @property
    def heads(self) -> frozenset[str]:
        """The first steps of the names: the variables themselves."""
        return heads_of(self.names)


NOTHING = Reads()
# Something about which nothing is known.
ANYTHING = Reads(complete=False, steady=False, quick=False)
# The clock, or chance.
CHANCE = Reads(complete=False)


@lru_cache(maxsize=4096)
def heads_of(names: frozenset[str]) -> frozenset[str]:
    """The first steps of names."""
    return frozenset(map(head, names))


def head(name: str) -> str:
    """The first step of a name."""
    return name.partition(".")[0]


def union(several: Iterable[Reads]) -> Reads:
    """All of them together."""
    several = tuple(several)
    return Reads(
        frozenset().union(*(reads.names for reads in several)),
        all(reads.complete for reads in several),
        all(reads.steady for reads in several),
        all(reads.quick for reads in several),
    )


def reads_of_expression(expression: object) -> Reads:
    """``{{ item.name|default:other }}`` reads item.name and other."""
    if isinstance(expression, Variable):
        return _reads_of_lookups(expression.lookups or ())
    if not isinstance(expression, FilterExpression):
        # A constant.
        return NOTHING
    filters = expression.filters
    arguments = [argument for _, arguments in filters for is_variable, argument in arguments if is_variable]
    reads = union(map(reads_of_expression, [expression.var, *arguments]))
    unknown = [function for function, *_ in filters if (pure := is_pure_filter(function)) is None]
    pure = not unknown and all(is_pure_filter(function) for function, *_ in filters)
    return Reads(reads.names, reads.complete and pure, reads.steady, reads.quick and not unknown)


def _reads_of_lookups(lookups: tuple[str, ...]) -> Reads:
    names = frozenset({".".join(lookups[:2])} if lookups else ())
    is_known = not _OF_CONTEXT.intersection(lookups[:1]) and not _CLOCKS.intersection(lookups[1:])
    return Reads(names, complete=is_known)


def reads_of_condition(condition: object) -> Reads:
    """What the condition of an ``{% if %}`` reads: a tree of operators over filter expressions."""
    if condition is None:
        return NOTHING
    value = getattr(condition, "value", None)
    if isinstance(value, FilterExpression):
        return reads_of_expression(value)
    if not isinstance(condition, TokenBase):
        return ANYTHING
    operands = [operand for operand in (condition.first, condition.second) if operand is not None]
    return union(map(reads_of_condition, operands)) if operands else Reads(complete=value is not None)
