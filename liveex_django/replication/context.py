"""``ctx``: what an action gets to read, commit and dispatch with."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils.crypto import salted_hmac

from ..exceptions import CommitInTransaction
from ..store import ActionContext, Entry, FrozenDict, Getters, Store
from ..store.actions import Action
from ..store.getters import GetterCache
from . import clock
from .bundle import current_bundle
from .calls import Call
from .commits import Prepared, commit, prepare
from .followed import Followed
from .hub import Hub
from .origin import Origin
from .purity import is_checking
from .threads import refuse_on_loop, wait_for_loop
from .transaction import Transaction
from .transactions import after_database_commit, open_transaction

T = TypeVar("T")
Named = str | Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One dispatch on its way. ``at`` is when it began; ``followed`` is held by whoever began it."""

    hub: Hub
    followed: Followed
    action: Action
    payload: FrozenDict[str, Any]
    origin: Origin
    at: datetime = field(default_factory=clock.now)


class Context(ActionContext):
    """
    ``ctx`` of an ``async def`` action.

    Args:
        run: Runs a dispatch within this one.
    """

    def __init__(self, dispatch: Dispatch, run: Callable[[Dispatch], Coroutine[Any, Any, Any]]) -> None:
        self._dispatch = dispatch
        self._run = run
        self._commits = 0
        self._dispatches = 0
        self._uuids = 0

    # Reading

    @property
    def state(self) -> FrozenDict[str, Any]:
        state = self.whole_state
        for name in self._dispatch.action.module:
            state = state[name]
        return state

    @property
    def getters(self) -> Getters:
        return self._dispatch.followed.replica.getters_of(self.whole_state).within(self._dispatch.action.module)

    @property
    def whole_state(self) -> FrozenDict[str, Any]:
        """The state of the instance, whatever module the action is of; within a transaction, as it will be."""
        bundle = current_bundle(self._dispatch.followed)
        return bundle.expected if bundle else self._dispatch.followed.replica.state

    @property
    def user(self) -> Any:
        return self._dispatch.origin.user

    @property
    def actor(self) -> str | None:
        return self._dispatch.origin.actor

    @property
    def key(self) -> str:
        return self._dispatch.followed.instance.key

    @property
    def store(self) -> Store:
        return self._dispatch.followed.instance.store

    @property
    def now(self) -> datetime:
        return self._dispatch.at

    def uuid(self) -> UUID:
        self._uuids += 1
        drawn = salted_hmac("liveex_django.uuid", f"{self._dispatch.origin.id}:{self._uuids}", algorithm="sha256")
        return UUID(bytes=drawn.digest()[:16], version=4)

    @property
    def next_ids(self) -> tuple[str, str]:
        """The ids that the next commit of this dispatch would have, and the first commit of the next dispatch within it."""
        id = self._dispatch.origin.id
        return f"{id}.{self._commits + 1}", f"{id}/{self._dispatches + 1}.1"

    # Changing

    def transaction(self, label: str) -> Transaction:
        return Transaction(self._dispatch.hub, self._dispatch.followed, label, self._commit_calls)

    async def acommit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry | None:
        """No database transaction of Django is open on an event loop, so ``on_commit`` has nothing to wait for."""
        call = self._call(mutation, args, kwargs)
        bundle = current_bundle(self._dispatch.followed)
        if bundle is not None:
            await bundle.add(self._dispatch.hub, call)
            return None
        return await self._commit_calls([call], None)

    async def adispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        return await self._run(self._nested(action, args, kwargs))

    def commit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry | None:
        refuse_on_loop("ctx.commit", "ctx.acommit")
        call = self._call(mutation, args, kwargs)
        bundle, alias = current_bundle(self._dispatch.followed), open_transaction()
        if alias is not None and not (on_commit or (bundle and bundle.is_atomic)):
            raise CommitInTransaction(self.store.name, call.mutation.name)
        if bundle is not None and (alias is None or bundle.is_atomic):
            self._wait(bundle.add(self._dispatch.hub, call))
            return None
        if not on_commit:
            return self._wait(self._commit_calls([call], None))
        after_database_commit(alias, lambda: self._wait(self._commit_later([call])))
        return None

    def dispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        refuse_on_loop("ctx.dispatch", "ctx.adispatch")
        dispatch = self._nested(action, args, kwargs)
        bundle, alias = current_bundle(self._dispatch.followed), open_transaction()
        if alias is None or (bundle and bundle.is_atomic):
            return self._wait(self._run(dispatch))
        after_database_commit(alias, lambda: self._wait(self._run_later(dispatch)))
        return None

    def on_commit(self, callback: Callable[[], object]) -> None:
        after_database_commit(open_transaction(), callback)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return wait_for_loop(work, self._dispatch.hub.loop)

    async def _commit_calls(self, calls: list[Call], label: str | None) -> Entry:
        self._commits += 1
        dispatch = self._dispatch
        return await commit(dispatch.hub, dispatch.followed, calls, self.own_origin, self._commits, label=label)

    def prepare(self, calls: list[Call]) -> Prepared:
        """In a thread: try commits that were kept back, and take the turn of the instance for them."""
        self._commits += 1
        dispatch = self._dispatch
        origin = replace(self.own_origin, is_repeatable=True)
        return self._wait(prepare(dispatch.hub, dispatch.followed, calls, origin, self._commits))

    async def _commit_later(self, calls: list[Call]) -> Entry:
        """As :meth:`_commit_calls`, perhaps after the action has ended and nobody holds its instance any more."""
        self._commits += 1
        hub = self._dispatch.hub
        async with hub.following(self._dispatch.followed.instance) as followed:
            return await commit(hub, followed, calls, self.own_origin, self._commits)

    async def _run_later(self, dispatch: Dispatch) -> Any:
        async with dispatch.hub.following(dispatch.followed.instance) as followed:
            return await self._run(Dispatch(dispatch.hub, followed, dispatch.action, dispatch.payload, dispatch.origin))

    @property
    def own_origin(self) -> Origin:
        """Of the commits of the action."""
        return self._dispatch.origin.committing(self._dispatch.action.name)

    def _call(self, mutation: Named, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        found = self.store.find_mutation(mutation, within=self._dispatch.action.module)
        return Call(found, found.parameters.bind(args, kwargs))

    def _nested(self, action: Named, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Dispatch:
        found = self.store.find_action(action, within=self._dispatch.action.module)
        payload = found.parameters.bind(args, kwargs)
        self._dispatches += 1
        origin = self._dispatch.origin.nested(self._dispatches)
        return Dispatch(self._dispatch.hub, self._dispatch.followed, found, payload, origin)


class ThreadContext(Context):
    """
    ``ctx`` of a plain ``def`` action. Computes getters for itself: the replica's belong to the event loop.
    """

    def __init__(self, dispatch: Dispatch, run: Callable[[Dispatch], Coroutine[Any, Any, Any]]) -> None:
        super().__init__(dispatch, run)
        self._getter_cache = GetterCache(self.store.getters, self.store.name, checks=is_checking())

    @property
    def getters(self) -> Getters:
        return self._getter_cache.bind(self.whole_state).within(self._dispatch.action.module)
