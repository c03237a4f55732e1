"""``store.at(key, user)``: an instance of a store, from anywhere in a project."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from ..exceptions import CommitInTransaction
from ..store import Entry, FrozenDict, Store, StoreHandle
from .calls import Call
from .commits import commit
from .context import Named
from .dispatch import dispatch
from .followed import Change, Committed, Followed
from .hub import Hub
from .instance import Instance
from .origin import Origin, current_cause
from .process import call_hub, current_hub, require_shared_log
from .threads import refuse_on_loop
from .transactions import after_database_commit, open_transaction

T = TypeVar("T")
Callback = Callable[[Entry, FrozenDict[str, Any], FrozenDict[str, Any]], object]


class Handle(StoreHandle):
    """Every method has a sync form ``x()`` and an async form ``ax()``, as in Django."""

    def __init__(self, store: Store, key: str, user: Any) -> None:
        self.instance = Instance(store, key)
        self.store = store
        self.key = key
        self.user = user

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.instance}>"

    # Reading

    async def aget_state(self) -> FrozenDict[str, Any]:
        return await self._state(current_hub())

    def get_state(self) -> FrozenDict[str, Any]:
        refuse_on_loop("get_state", "aget_state")
        return call_hub(self._state)

    async def _state(self, hub: Hub) -> FrozenDict[str, Any]:
        async with hub.following(self.instance) as followed:
            return followed.replica.state

    async def ahistory(self, *, limit: int = 20) -> Sequence[Entry]:
        return await self._history(current_hub(), limit)

    def history(self, *, limit: int = 20) -> Sequence[Entry]:
        refuse_on_loop("history", "ahistory")
        return call_hub(lambda hub: self._history(hub, limit))

    async def _history(self, hub: Hub, limit: int) -> Sequence[Entry]:
        return (await hub.log.history(self.instance, limit))[::-1]

    # Changing

    async def adispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        require_shared_log(self.instance.store.name)
        return await self._dispatch(action, args, kwargs)(current_hub())

    def dispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        """Inside ``atomic()`` this waits for the database to commit, returns None, and is dropped by a rollback."""
        refuse_on_loop("dispatch", "adispatch")
        require_shared_log(self.instance.store.name)
        return self._now_or_after_commit(self._dispatch(action, args, kwargs))

    async def acommit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry:
        """No database transaction of Django is open on an event loop, so ``on_commit`` has nothing to wait for."""
        require_shared_log(self.instance.store.name)
        return await self._commit(mutation, args, kwargs)(current_hub())

    def commit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry | None:
        refuse_on_loop("commit", "acommit")
        require_shared_log(self.instance.store.name)
        work = self._commit(mutation, args, kwargs)
        if not on_commit and open_transaction() is not None:
            raise CommitInTransaction(self.store.name, self.store.find_mutation(mutation).name)
        return self._now_or_after_commit(work)

    def _dispatch(
        self, action: Named, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[Hub], Awaitable[Any]]:
        found = self.instance.store.find_action(action)
        payload = found.parameters.bind(args, kwargs)

        async def work(hub: Hub) -> Any:
            async with hub.following(self.instance) as followed:
                return await dispatch(hub, followed, found, payload, self._origin())

        return work

    def _commit(
        self, mutation: Named, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[Hub], Awaitable[Entry]]:
        found = self.instance.store.find_mutation(mutation)
        call = Call(found, found.parameters.bind(args, kwargs))

        async def commit_followed(hub: Hub) -> Entry:
            async with hub.following(self.instance) as followed:
                return await commit(hub, followed, [call], self._origin(), 1)

        async def work(hub: Hub) -> Entry:
            return await hub.shielded(commit_followed(hub))

        return work

    def _origin(self) -> Origin:
        return Origin(user=self.user, cause=current_cause())

    @staticmethod
    def _now_or_after_commit(work: Callable[[Hub], Awaitable[T]]) -> T | None:
        alias = open_transaction()
        if alias is None:
            return call_hub(work)
        after_database_commit(alias, lambda: call_hub(work))
        return None

    # Following

    async def asubscribe(self, callback: Callback) -> Callable[[], None]:
        """
        Call ``callback(entry, before, after)`` on the event loop for every entry from now on; returns what ends it.

        Entries that a reload of the state skipped are not told; the next one's ``before`` shows it.
        """
        hub = current_hub()
        followed = await hub.acquire(self.instance)
        return _once(followed.subscribe(_for_entries(callback)), lambda: hub.release(followed))

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """As :meth:`asubscribe`, from sync code in a process that serves pages; the callback runs on its loop."""
        refuse_on_loop("subscribe", "asubscribe")
        require_shared_log(self.instance.store.name)

        async def work(hub: Hub) -> tuple[Hub, Followed, Callable[[], None]]:
            followed = await hub.acquire(self.instance)
            return hub, followed, followed.subscribe(_for_entries(callback))

        hub, followed, unsubscribe = call_hub(work)
        end = _once(unsubscribe, lambda: hub.release(followed))

        def end_on_loop() -> None:
            hub.loop.call_soon_threadsafe(end)

        return end_on_loop


def _for_entries(callback: Callback) -> Callable[[Change], None]:
    def subscriber(change: Change) -> None:
        if isinstance(change, Committed):
            callback(change.entry, change.before, change.after)

    return subscriber


def _once(*steps: Callable[[], None]) -> Callable[[], None]:
    remaining = list(steps)

    def end() -> None:
        while remaining:
            remaining.pop(0)()

    return end
