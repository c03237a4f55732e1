"""What a getter has returned: what is kept of it, and whether two runs returned the same."""

import inspect
from collections.abc import Iterator
from typing import Any

from liveex_django.exceptions import InvalidDeclaration, InvalidState
from liveex_django.store.sameness import is_same_tree
from liveex_django.store.sharing import share

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


def kept_result(owner: str, result: Any, last: Any = None) -> Any:
    """
    ``result``, frozen and made of the parts of the ``last`` one that are the same, when it is plain data.

    Text stays of its type, because freezing would make plain text of HTML that ``format_html`` has marked as safe.
    Anything else is kept as it is and is not to be changed.
    """
    if isinstance(result, Iterator) or inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise InvalidDeclaration(
            f"{owner} returned a {type(result).__name__}, which can be used only once, but results are kept and read "
            "again. Return a list: list(...)."
        )
    if isinstance(result, str):
        return last if _is_same_text(last, result) else result
    try:
        return share(last, result)
    except InvalidState:
        return result


def _is_same_text(last: Any, result: str) -> bool:
    """Whether the two have the same type and characters, and have no attributes in which they could differ."""
    kind = type(result)
    if kind is not type(last) or not str.__eq__(last, result):
        return False
    return not hasattr(result, "__dict__") and kind.__basicsize__ == str.__basicsize__
