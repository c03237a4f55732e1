"""Who asked for a change, and under which id."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import uuid4


def actor_of(user: Any) -> str | None:
    """How the log names who acted: ``"user:5"``, ``"anonymous"``, or None for the system."""
    if user is None:
        return None
    return f"user:{user.pk}" if user.is_authenticated else "anonymous"


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a dispatch or commit comes from.

    Attributes:
        id: Names it once for all. The n-th commit of a dispatch has the id ``"<id>.<n>"``, so asking again under the
            same id applies nothing twice; the n-th dispatch within it is ``"<id>/<n>"``.
        cause: The id of the dispatch that this one is part of, or of the entry that it reacts to.
        action: The action that commits.
        visitor: Tells anonymous visitors apart, who all are the same actor; the key of a page, for example.
        by: Who acts, as entries name it, when that is somebody else than the user.
        is_repeatable: Whether it may have been asked for under this id before, by a process that died meanwhile.
    """

    user: Any = None
    id: str = field(default_factory=lambda: uuid4().hex)
    cause: str | None = None
    action: str | None = None
    visitor: str | None = None
    by: str | None = None
    is_repeatable: bool = False

    @property
    def actor(self) -> str | None:
        """How entries name who acts."""
        return self.by if self.by is not None else actor_of(self.user)

    @property
    def owner(self) -> str:
        """Whose this is, told apart as well as we can; of an anonymous visitor we know nothing of, nobody else's."""
        actor = self.actor or ""
        if actor != "anonymous":
            return actor
        return f"anonymous:{self.visitor or self.id.partition('/')[0]}"

    def nested(self, number: int) -> Self:
        """Of the ``number``-th dispatch within this one."""
        return replace(self, id=f"{self.id}/{number}", cause=self.id, action=None)

    def committing(self, action: str) -> Self:
        """Of the commits of the action that was dispatched."""
        return replace(self, action=action)

    def is_within(self, other: "Origin") -> bool:
        """Whether this is part of the dispatch ``other``, at any depth."""
        return self.id.startswith(f"{other.id}/")


_cause: ContextVar[str | None] = ContextVar("liveex_cause", default=None)


def current_cause() -> str | None:
    """The id of the dispatch or entry whose code runs here, for what that code asks of other instances."""
    return _cause.get()


@contextmanager
def caused_by(cause: str) -> Iterator[None]:
    """What is asked for within the block, also in threads and tasks started there, is part of ``cause``."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)
