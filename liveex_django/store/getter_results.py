"""What a getter has returned: what is kept of it, and whether two runs returned the same."""

import inspect
from collections.abc import Iterator
from typing import Any

from liveex_django.exceptions import InvalidDeclaration, InvalidState
from liveex_django.store.frozen import freeze
from liveex_django.store.sameness import is_same_tree

__all__ = ["is_same_result", "kept_result"]


def is_same_result(first: Any, second: Any) -> bool:
    """Whether two runs gave the same, as far as that can be told: many objects equal nothing but themselves."""
    equality: Any = type(first).__eq__
    if type(first) is type(second) and equality is object.__eq__:
        return True
    try:
        return bool(is_same_tree(first, second))
    except Exception:
        return True


def kept_result(owner: str, result: Any) -> Any:
    """
    ``result``, frozen when it is plain data; anything else is kept as it is and is not to be changed.

    Text is kept as well, because freezing would make plain text of HTML that ``format_html`` has marked as safe.
    """
    if isinstance(result, Iterator) or inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise InvalidDeclaration(
            f"{owner} returned a {type(result).__name__}, which can be used only once, but results are kept and read "
            "again. Return a list: list(...)."
        )
    if isinstance(result, str):
        return result
    try:
        return freeze(result)
    except InvalidState:
        return result
