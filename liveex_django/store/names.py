"""
Names of declared things: what may be one, and what somebody probably meant by one that is unknown.
"""

import difflib
import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

from liveex_django.exceptions import InvalidDeclaration

__all__ = ["check_store_name", "declared_name", "is_async_function", "is_plain_function", "nearest", "shorten"]

# Names reach us from browsers too. Comparing is quadratic, and a message with 60 KiB in it helps nobody.
_LONGEST_COMPARED = 100

# How alike two names must be to be worth a question: difflib's own default, which forgives one slip in three letters.
_LIKENESS = 0.6

# The name goes into keys of the log and names of groups: channels.layers.BaseChannelLayer allows these characters.
_STORE_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,100}")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` is probably a slip of, or None when none is near."""
    if len(name) > _LONGEST_COMPARED:
        return None
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=_LIKENESS)
    return matches[0] if matches else None


def shorten(text: str, longest: int = _LONGEST_COMPARED) -> str:
    """``text`` for a message: whole, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def is_plain_function(function: object) -> bool:
    """Whether ``function`` runs to its end when called: neither ``async def`` nor a generator of either kind."""
    inner = inspect.unwrap(function) if callable(function) else function
    kinds = (is_async_function, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    return not any(is_kind(candidate) for is_kind in kinds for candidate in (function, inner))


def is_async_function(function: object) -> bool:
    """Whether what a call of ``function`` gives has to be awaited; also for an object of a class, such as asgiref's."""
    method = type(function).__call__ if callable(function) else None
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(method)


def declared_name(function: Callable[..., Any], kind: str, store: str) -> str:
    """
    The name under which ``@store.<kind>`` declares ``function``: its ``__name__``.

    Raises:
        InvalidDeclaration: It is not a function, or its name is not an identifier (a lambda, a name with ``$``).
    """
    if not (callable(function) and inspect.isfunction(inspect.unwrap(function))):
        raise InvalidDeclaration(
            f"@store.{kind} of store {store!r} was put on {shorten(repr(function))}, which is not a function, so it "
            f"has no name and no parameters to go by. Put it on a function: @store.{kind} above a def."
        )
    name = function.__name__
    if not name.isidentifier():
        raise InvalidDeclaration(
            f"{name!r} cannot be the name of a {kind} of store {store!r}: names go into the log and into templates, so "
            f"they are identifiers, and those with '$' are built in. Declare it with def under another name."
        )
    return name


def check_store_name(name: object) -> str:
    """
    ``name``, when it can name a store.

    Raises:
        InvalidDeclaration: It is no text, empty, too long, or has other characters than keys of the log may have.
    """
    if not isinstance(name, str) or not _STORE_NAME.fullmatch(name):
        raise InvalidDeclaration(
            f"{shorten(repr(name))} cannot be the name of a store: the name goes into keys of the log, "
            "so it has 1 to 100 ASCII letters, digits, '_', '-' and '.'. Choose such a name: Store('inventory', ...)."
        )
    return name
