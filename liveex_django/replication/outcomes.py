"""
What became of a dispatch or a commit, as a value, for callers that would rather look than catch.

    match store.at().try_dispatch("order", item_id=3):
        case Applied(returned): ...
        case Rejected(reason): ...
        case Failed(error): ...
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..exceptions import InvalidPayload, Reject

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Applied(Generic[T]):
    """It ran to its end. ``returned`` is what the action returned, of a commit its entry."""

    returned: T


@dataclass(frozen=True, slots=True)
class Rejected:
    """It was refused, by a ``Reject`` or by a payload that does not fit; ``reason`` is for whoever asked."""

    reason: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Failed:
    """It raised. A commit has changed nothing; of an action, what it had committed before stays."""

    error: Exception


Outcome = Applied[T] | Rejected | Failed


def outcome_of(work: Callable[[], T]) -> Outcome[T]:
    """Call ``work`` and say what became of it; only what is no ``Exception`` (a cancellation) passes through."""
    try:
        return Applied(work())
    except Exception as error:
        return _outcome_of_error(error)


async def aoutcome_of(work: Awaitable[T]) -> Outcome[T]:
    """As :func:`outcome_of`, of something to await."""
    try:
        return Applied(await work)
    except Exception as error:
        return _outcome_of_error(error)


def _outcome_of_error(error: Exception) -> Rejected | Failed:
    if isinstance(error, Reject):
        return Rejected(error.reason, error)
    if isinstance(error, InvalidPayload):
        return Rejected(str(error), error)
    return Failed(error)
