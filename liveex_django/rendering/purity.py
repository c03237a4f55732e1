"""
Filters and tags that are functions of their arguments: with the same arguments they give the same text.

Those of Django are known here; ``pure`` declares a project's own. Anything else is evaluated at every render.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.contrib.humanize.templatetags import humanize
from django.template import defaultfilters
from django.template.base import Node
from django.templatetags import i18n, l10n, tz

from liveex_django.exceptions import InvalidDeclaration

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "is_liveex_pure"

# By chance, or by the clock.
_CHANGING: frozenset[Any] = frozenset(
    {
        defaultfilters.random,
        defaultfilters.timesince_filter,
        defaultfilters.timeuntil_filter,
        humanize.naturalday,
        humanize.naturaltime,
    }
)
_KNOWN: frozenset[Any] = frozenset(
    function
    for library in (defaultfilters.register, humanize.register, i18n.register, l10n.register, tz.register)
    for function in library.filters.values()
)


def pure(function: F) -> F:
    """
    Declare that a template filter, or a tag, is a function of its arguments.

    Put it under ``@register.filter``, ``@register.simple_tag`` or ``@register.inclusion_tag``, or on a ``Node`` class whose
    instances read the context only through the filter expressions that they keep as attributes. It is then evaluated
    again only when an argument has changed, on the event loop, and once for all visitors. Language and time zone may
    be used; the clock, chance, a database, the request and the context may not.

    Raises:
        InvalidDeclaration: It is asynchronous, or takes the context.
    """
    parameters = () if isinstance(function, type) else inspect.signature(function).parameters
    if inspect.iscoroutinefunction(function) or "context" in parameters:
        raise InvalidDeclaration(
            f"{function.__name__} is marked with @pure, but it is async or takes the context, so what it gives depends on "
            "more than its arguments. Hand it what it needs as arguments, or take the mark away."
        )
    setattr(function, _MARK, True)
    return function


def is_pure_filter(function: Any) -> bool | None:
    """Whether a filter is a function of its arguments; None when nothing is known of it."""
    if is_declared(function):
        return True
    if not isinstance(function, Hashable):
        return None
    if function in _CHANGING:
        return False
    return True if function in _KNOWN else None


def is_declared(function: Any) -> bool:
    """Whether somebody has declared this function, or class of nodes, to be pure."""
    if isinstance(function, type):
        return issubclass(function, Node) and _MARK in vars(function)
    return bool(getattr(inspect.unwrap(function), _MARK, False))
