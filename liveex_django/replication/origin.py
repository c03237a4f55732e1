"""Who asked for a change, and under which id."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


def actor_of(user: Any) -> str | None:
    """How the log names who acted: ``"user:5"``, ``"anonymous"``, or None for the system."""
    if user is None:
        return None
    return f"user:{user.pk}" if user.is_authenticated else "anonymous"


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a dispatch or commit comes from. ``id`` names it once for all: the n-th commit of a dispatch has the id
    ``"<id>.<n>"``, so asking again under the same id applies nothing twice. ``cause`` is the id of the dispatch
    that this one is part of.
    """

    user: Any = None
    id: str = field(default_factory=lambda: uuid4().hex)
    cause: str | None = None
    action: str | None = None

    @property
    def actor(self) -> str | None:
        return actor_of(self.user)
