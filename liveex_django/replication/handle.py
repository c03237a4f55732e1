"""``store.at(key, user)``: an instance of a store, from anywhere in a project."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ..exceptions import CommitInTransaction
from ..store import Entry, FrozenDict
from ..store.mutations import Mutation
from .calls import Call
from .commits import commit
from .context import Named
from .dispatch import dispatch
from .handle_base import HandleBase
from .handle_following import FollowingHandle
from .handle_past import PastHandle
from .hub import Hub
from .origin import Origin, current_cause
from .outcomes import Outcome, aoutcome_of, outcome_of
from .process import acall_hub, call_hub, current_hub, require_shared_log
from .threads import refuse_on_loop
from .transactions import after_database_commit, open_transaction

T = TypeVar("T")


class Handle(PastHandle, FollowingHandle, HandleBase):
    """Every method has a sync form ``x()`` and an async form ``ax()``, as in Django."""

    async def aget_state(self) -> FrozenDict[str, Any]:
        return await self._state(current_hub())

    def get_state(self) -> FrozenDict[str, Any]:
        refuse_on_loop("get_state", "aget_state")
        return call_hub(self._state)

    async def _state(self, hub: Hub) -> FrozenDict[str, Any]:
        async with hub.following(self.instance) as followed:
            return followed.replica.state

    # Dispatching

    async def adispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        require_shared_log(self.store.name)
        return await acall_hub(self._dispatch(action, args, kwargs))

    def dispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        """Inside ``atomic()`` this waits for the database to commit, returns None, and is dropped by a rollback."""
        refuse_on_loop("dispatch", "adispatch")
        require_shared_log(self.store.name)
        return self._now_or_after_commit(self._dispatch(action, args, kwargs))

    async def atry_dispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Outcome[Any]:
        name = self.store.find_action(action).name
        return await aoutcome_of(self.adispatch(name, *args, **kwargs))

    def try_dispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Outcome[Any]:
        refuse_on_loop("try_dispatch", "atry_dispatch")
        name = self.store.find_action(action).name
        return outcome_of(lambda: self.dispatch(name, *args, **kwargs))

    def _dispatch(
        self, action: Named, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[Hub], Awaitable[Any]]:
        found = self.store.find_action(action)
        payload = found.parameters.bind(args, kwargs)

        async def work(hub: Hub) -> Any:
            async with hub.following(self.instance) as followed:
                return await dispatch(hub, followed, found, payload, self._origin())

        return work

    # Committing

    async def acommit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry:
        """No database transaction of Django is open on an event loop, so ``on_commit`` has nothing to wait for."""
        require_shared_log(self.store.name)
        return await acall_hub(self._commit(self.store.find_mutation(mutation), args, kwargs))

    def commit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry | None:
        refuse_on_loop("commit", "acommit")
        require_shared_log(self.store.name)
        found = self.store.find_mutation(mutation)
        work = self._commit(found, args, kwargs)
        if on_commit:
            return self._now_or_after_commit(work)
        self._refuse_in_transaction(found)
        return call_hub(work)

    async def atry_commit(self, mutation: Named, /, *args: Any, **kwargs: Any) -> Outcome[Entry]:
        name = self.store.find_mutation(mutation).name
        return await aoutcome_of(self.acommit(name, *args, **kwargs))

    def try_commit(self, mutation: Named, /, *args: Any, **kwargs: Any) -> Outcome[Entry | None]:
        refuse_on_loop("try_commit", "atry_commit")
        name = self.store.find_mutation(mutation).name
        return outcome_of(lambda: self.commit(name, *args, **kwargs))

    async def _acommit_as(self, by: Any, name: str, version: int) -> Entry:
        require_shared_log(self.store.name)
        return await acall_hub(self._commit(self.store.find_mutation(name), (version,), {}, by))

    def _commit_as(self, by: Any, name: str, version: int) -> Entry:
        require_shared_log(self.store.name)
        found = self.store.find_mutation(name)
        self._refuse_in_transaction(found)
        return call_hub(self._commit(found, (version,), {}, by))

    def _commit(
        self, mutation: Mutation, args: tuple[Any, ...], kwargs: dict[str, Any], by: Any = None
    ) -> Callable[[Hub], Awaitable[Entry]]:
        call = Call(mutation, mutation.parameters.bind(args, kwargs))

        async def commit_followed(hub: Hub) -> Entry:
            async with hub.following(self.instance) as followed:
                return await commit(hub, followed, [call], self._origin(by), 1)

        async def work(hub: Hub) -> Entry:
            return await hub.shielded(commit_followed(hub), what=f"a commit to {self.instance}")

        return work

    def _origin(self, by: Any = None) -> Origin:
        user = self.user if by is None or isinstance(by, str) else by
        return Origin(user=user, cause=current_cause(), by=by if isinstance(by, str) else None)

    def _refuse_in_transaction(self, mutation: Mutation) -> None:
        if open_transaction() is not None:
            raise CommitInTransaction(self.store.name, mutation.name)

    @staticmethod
    def _now_or_after_commit(work: Callable[[Hub], Awaitable[T]]) -> T | None:
        alias = open_transaction()
        if alias is None:
            return call_hub(work)
        after_database_commit(alias, lambda: call_hub(work))
        return None
