"""
One instance of a store, from anywhere: in a view, a signal handler, a task, the shell.

What a handle does takes a log and an event loop, which this package has nothing of: ``replication`` says how handles
are made when it starts, with ``bind_handles``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from liveex_django.exceptions import NotReady
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict

if TYPE_CHECKING:
    from liveex_django.store.store import Store

# Called with an entry and the states before and after it.
Callback = Callable[[Entry, FrozenDict[str, Any], FrozenDict[str, Any]], object]

__all__ = ["Callback", "HandleFactory", "StoreHandle", "bind_handles", "make_handle"]


class StoreHandle(ABC):
    """
    What ``store.at(key, user=...)`` gives.

    ``x()`` is for ordinary code, ``ax()`` for a running event loop, where ``x()`` raises ``SynchronousOnlyOperation``.
    A mutation or an action is named by its function or by its name.
    """

    store: "Store"
    key: str
    # Who acts; None is the system, whose permissions are not checked.
    user: Any

    @abstractmethod
    def get_state(self) -> FrozenDict[str, Any]:
        """The newest state that this process knows, read-only."""

    @abstractmethod
    async def aget_state(self) -> FrozenDict[str, Any]:
        """``get_state`` on an event loop."""

    @abstractmethod
    def dispatch(self, action: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """
        Run an action and return what it returns.

        Raises:
            UnknownAction, InvalidPayload, NotAllowed: It was not run.
            Reject: It refused.
            NoSharedLog: Nobody would ever see what it does.
        """

    @abstractmethod
    async def adispatch(self, action: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """``dispatch`` on an event loop."""

    @abstractmethod
    def commit(
        self, mutation: str | Callable[..., Any], /, *args: Any, on_commit: bool = False, **kwargs: Any
    ) -> Entry | None:
        """
        Commit one mutation and return its entry; with ``on_commit`` it waits for the open database transaction (None).

        Raises:
            UnknownMutation, InvalidPayload, InvalidState, Reject: Nothing was changed.
            CommitInTransaction: A database transaction is open and ``on_commit`` is False.
            NoSharedLog: Nobody would ever see it.
        """

    @abstractmethod
    async def acommit(
        self, mutation: str | Callable[..., Any], /, *args: Any, on_commit: bool = False, **kwargs: Any
    ) -> Entry | None:
        """``commit`` on an event loop."""

    @abstractmethod
    def try_dispatch(self, action: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """
        ``dispatch``, with what became of it as a value: ``Applied(returned)``, ``Rejected(reason)``, ``Failed(error)``.

        Raises:
            UnknownAction: There is no such action.
        """

    @abstractmethod
    async def atry_dispatch(self, action: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """``try_dispatch`` on an event loop."""

    @abstractmethod
    def try_commit(self, mutation: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """``commit``, with what became of it as a value; of ``Applied`` that is the entry."""

    @abstractmethod
    async def atry_commit(self, mutation: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """``try_commit`` on an event loop."""

    @abstractmethod
    def history(
        self,
        *,
        limit: int = 20,
        mutation: str | Callable[..., Any] | None = None,
        actor: Any = None,
        cause: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Entry]:
        """
        The last ``limit`` entries that meet every condition, the newest first.

        ``actor`` is a user, or as entries name one (``"user:5"``, ``"anonymous"``, ``"system"`` for none); ``cause`` the
        id of a dispatch or an entry, which finds all that it set off; ``since`` is included, ``until`` is not.
        """

    @abstractmethod
    async def ahistory(
        self,
        *,
        limit: int = 20,
        mutation: str | Callable[..., Any] | None = None,
        actor: Any = None,
        cause: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Entry]:
        """``history`` on an event loop."""

    @abstractmethod
    def state_at(self, version: int) -> FrozenDict[str, Any]:
        """
        The state after an earlier entry; 0 is the initial one.

        Raises:
            VersionGone: There was no such version, or the log no longer keeps the entries since.
        """

    @abstractmethod
    async def astate_at(self, version: int) -> FrozenDict[str, Any]:
        """``state_at`` on an event loop."""

    @abstractmethod
    def undo(self, version: int, *, by: Any = None) -> Entry:
        """
        Take back one entry, with all mutations of its transaction, by a new entry; ``by`` is who acts, in place of the
        handle's user.

        Raises:
            UndoRefused: Later entries changed the same (``.conflicts`` has them), or it is undone already.
            VersionGone: There was no such entry, or it is no longer kept.
        """

    @abstractmethod
    async def aundo(self, version: int, *, by: Any = None) -> Entry:
        """``undo`` on an event loop."""

    @abstractmethod
    def redo(self, version: int, *, by: Any = None) -> Entry:
        """Do again what was undone; ``version`` is that of the entry, or of its undo. Raises as ``undo`` does."""

    @abstractmethod
    async def aredo(self, version: int, *, by: Any = None) -> Entry:
        """``redo`` on an event loop."""

    @abstractmethod
    def export(self, *, after: int | None = None, upto: int | None = None) -> str:
        """
        The entries behind the version ``after``, up to and with ``upto``, and the state they begin with, as JSON for a
        file; without them, all that is kept. Nothing in it is redacted.

        Raises:
            VersionGone: There was no such version, or it is no longer kept.
        """

    @abstractmethod
    async def aexport(self, *, after: int | None = None, upto: int | None = None) -> str:
        """``export`` on an event loop."""

    @abstractmethod
    def subscribe(self, callback: Callback, *, owner: object = None) -> Callable[[], None]:
        """
        Call ``callback(entry, before, after)``, a plain def, once per entry, in order, until the returned function is
        called or ``owner`` is gone; a method of the owner does not keep it alive.
        """

    @abstractmethod
    async def asubscribe(self, callback: Callback, *, owner: object = None) -> Callable[[], None]:
        """``subscribe`` on an event loop."""

    @abstractmethod
    def watch(
        self,
        getter: str | Callable[..., Any],
        callback: Callable[[Any, Any], object],
        *,
        owner: object = None,
    ) -> Callable[[], None]:
        """
        Call ``callback(new, old)`` once per version in which the value of a getter has changed; otherwise as
        ``subscribe``. In place of a getter it may be any function of ``(state)`` or ``(state, getters)``.
        """

    @abstractmethod
    async def awatch(
        self,
        getter: str | Callable[..., Any],
        callback: Callable[[Any, Any], object],
        *,
        owner: object = None,
    ) -> Callable[[], None]:
        """``watch`` on an event loop."""


HandleFactory = Callable[["Store", str, Any], StoreHandle]

_factory: HandleFactory | None = None


def bind_handles(factory: HandleFactory | None) -> HandleFactory | None:
    """Make every handle from now on with ``factory(store, key, user)``; returns the factory that did it before."""
    global _factory
    previous, _factory = _factory, factory
    return previous


def make_handle(store: "Store", key: str, user: Any) -> StoreHandle:
    """
    A handle from the bound factory.

    Raises:
        NotReady: No factory is bound.
    """
    if _factory is None:
        raise NotReady(
            f"Store {store.name!r} was asked for the instance {key!r} before liveex_django was started, so there is no "
            "log to read it from. Put 'liveex_django' into INSTALLED_APPS, and in a script call django.setup() first."
        )
    return _factory(store, key, user)
