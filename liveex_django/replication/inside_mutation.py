"""Whether a mutation runs here: it changes its draft and nothing else, so it may neither commit nor ask other stores."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..exceptions import CommitInMutation
from ..store.mutations import Mutation

_running: ContextVar[Mutation | None] = ContextVar("liveex_mutation", default=None)


@contextmanager
def inside(mutation: Mutation) -> Iterator[None]:
    """Within the block ``mutation`` runs."""
    token = _running.set(mutation)
    try:
        yield
    finally:
        _running.reset(token)


def refuse_in_mutation(method: str) -> None:
    """
    Called by ``method`` of a handle or ctx.

    Raises:
        CommitInMutation: It was called in a mutation.
    """
    mutation = _running.get()
    if mutation is not None:
        raise CommitInMutation(mutation.name, mutation.store_name, method)
