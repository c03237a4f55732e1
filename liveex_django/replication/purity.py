"""
In development, each mutation runs twice: one that does something else the second time would, in production, do so
whenever another process was first. And nothing in it may ask a database.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections

from .. import conf
from ..exceptions import ImpureMutation, format_path
from ..store import FrozenDict
from ..store.draft import Effects
from ..store.migrations import Migration
from ..store.mutations import Mutation
from ..store.patches import Patch
from ..store.restoring import Replacement, Reversal
from ..store.sameness import is_same_tree
from .inside_mutation import inside
from .redaction import Redaction


def is_checking() -> bool:
    """Whether ``LIVEEX["CHECK_PURITY"]`` is on; when it says nothing, in development."""
    chosen = conf.get("CHECK_PURITY")
    return bool(settings.DEBUG if chosen is None else chosen)


def run(mutation: Mutation, state: FrozenDict[str, Any], payload: FrozenDict[str, Any]) -> Effects:
    """
    Run a mutation, in development twice.

    Raises:
        CommitInMutation: It asked a handle for something.
        ImpureMutation: It asked a database, or did something else the second time.
        Exception: Whatever the mutation raises.
    """
    if isinstance(mutation, Replacement | Reversal | Migration) or not is_checking():
        with inside(mutation):
            return mutation.run(state, payload)
    with _without_database(mutation), inside(mutation):
        first = mutation.run(state, payload)
        try:
            second = mutation.run(state, payload)
        except ImpureMutation:
            raise
        except Exception as error:
            why = f"raised {type(error).__name__} when it ran again on the same state"
            raise ImpureMutation(mutation.name, mutation.store_name, why) from error
    difference = _difference(first.patches, second.patches)
    if difference is not None:
        raise ImpureMutation(mutation.name, mutation.store_name, difference)
    return first


def _difference(first: tuple[Patch, ...], second: tuple[Patch, ...]) -> str | None:
    """What two runs did differently; None when they did the same."""
    if len(first) != len(second):
        return f"made {len(first)} changes, and {len(second)} when it ran again on the same state"
    for one, other in zip(first, second, strict=True):
        if one[:2] != other[:2]:
            return f"changed {format_path(one[1])}, and {format_path(other[1])} when it ran again on the same state"
        if not is_same_tree(one[2], other[2]):
            path, is_hidden = Redaction().cut(one[1])
            values = "something" if is_hidden else f"{_shown(one[2])} and then {_shown(other[2])}"
            return f"set {format_path(path)} to {values}, which is not the same, on the same state"
    return None


def _shown(value: Any) -> str:
    return f"{Redaction().clean(value)!r:.80}"


@contextmanager
def _without_database(mutation: Mutation) -> Iterator[None]:
    def refuse(execute: Callable[..., Any], sql: str, *arguments: Any) -> NoReturn:
        raise ImpureMutation(mutation.name, mutation.store_name, f"asked the database ({sql:.60}…)")

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(refuse))
        try:
            yield
        except SynchronousOnlyOperation as error:
            # What Django says of a query on the event loop, where mutations run; its advice leads astray here.
            raise ImpureMutation(mutation.name, mutation.store_name, "asked the database") from error
