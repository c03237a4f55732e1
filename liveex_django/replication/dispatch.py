"""
Dispatching: run an action with a ``ctx`` that commits, reads and dispatches further.

An action runs in a task that the hub owns, so it ends even when whoever asked goes away. A plain ``def`` runs in a
thread; its ``ctx`` brings every call back to the hub's loop.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from django.db import transaction

from ..exceptions import CommitInTransaction, NotAllowed
from ..store import ActionContext, Entry, FrozenDict, Getters, Step, Store
from ..store.actions import Action
from ..store.getters import GetterCache
from .commits import Call, commit, run_calls
from .followed import Followed
from .hub import Hub
from .origin import Origin
from .threads import refuse_on_loop, run_in_thread
from .transactions import after_database_commit, open_transaction

T = TypeVar("T")
Named = str | Callable[..., Any]


async def dispatch(hub: Hub, followed: Followed, action: Action, payload: FrozenDict[str, Any], origin: Origin) -> Any:
    """
    Run an action to its end and return what it returned.

    Raises:
        NotAllowed: The user lacks the action's permission; the system needs none.
        Exception: Whatever the action raised; what it had committed before stays committed.
    """
    return await hub.shielded(_run(hub, followed, action, payload, origin))


async def _run(hub: Hub, followed: Followed, action: Action, payload: FrozenDict[str, Any], origin: Origin) -> Any:
    if action.permission and origin.user is not None:
        allowed = await run_in_thread(origin.user.has_perm, action.permission)
        if not allowed:
            raise NotAllowed(f"{origin.actor} lacks {action.permission!r}, which action {action.name!r} asks for.")
    hooks, step, before = (
        followed.instance.store.hooks,
        _step(followed, action, payload, origin),
        followed.replica.state,
    )
    try:
        hooks.before(step, before)
        returned = await _call_action(hub, followed, action, payload, origin)
    except Exception as error:
        hooks.error(step, error)
        raise
    hooks.after(step, before, followed.replica.state)
    return returned


def _step(followed: Followed, action: Action, payload: FrozenDict[str, Any], origin: Origin) -> Step:
    return Step(
        kind="action",
        store=followed.instance.store.name,
        key=followed.instance.key,
        name=action.name,
        payload=payload,
        action=origin.action,
        actor=origin.actor,
    )


async def _call_action(
    hub: Hub, followed: Followed, action: Action, payload: FrozenDict[str, Any], origin: Origin
) -> Any:
    arguments = action.parameters.call_arguments(payload)
    if action.is_async:
        return await action.function(Context(hub, followed, action, origin), **arguments)
    if action.atomic:
        return await run_in_thread(_run_atomic, AtomicContext(hub, followed, action, origin), arguments)
    return await run_in_thread(action.function, ThreadContext(hub, followed, action, origin), **arguments)


def _run_atomic(ctx: "AtomicContext", arguments: dict[str, Any]) -> Any:
    with transaction.atomic():
        returned = ctx.action.function(ctx, **arguments)
        ctx.flush()
    return returned


class Context(ActionContext):
    """``ctx`` of an ``async def`` action."""

    def __init__(self, hub: Hub, followed: Followed, action: Action, origin: Origin) -> None:
        self.action = action
        self._hub = hub
        self._followed = followed
        self._origin = Origin(user=origin.user, id=origin.id, cause=origin.cause, action=action.name)
        self._commits = 0
        self._dispatches = 0

    @property
    def state(self) -> FrozenDict[str, Any]:
        return self._in_module(self._followed.replica.state)

    @property
    def getters(self) -> Getters:
        return self._followed.replica.getters.within(self.action.module)

    def _in_module(self, state: FrozenDict[str, Any]) -> FrozenDict[str, Any]:
        for name in self.action.module:
            state = state[name]
        return state

    @property
    def user(self) -> Any:
        return self._origin.user

    @property
    def actor(self) -> str | None:
        return self._origin.actor

    @property
    def key(self) -> str:
        return self._followed.instance.key

    @property
    def store(self) -> Store:
        return self._followed.instance.store

    async def acommit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry:
        """No database transaction of Django is open on an event loop, so ``on_commit`` has nothing to wait for."""
        return await commit(self._hub, self._followed, [self._call(mutation, args, kwargs)], *self._next_commit())

    async def adispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        return await _run(self._hub, self._followed, *self._next_dispatch(action, args, kwargs))

    def commit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> Entry | None:
        refuse_on_loop("ctx.commit", "ctx.acommit")
        call = self._call(mutation, args, kwargs)
        alias = open_transaction()
        if alias is not None and not on_commit:
            raise CommitInTransaction(self.store.name, call.mutation.name)
        if not on_commit:
            return self._commit_from_thread(call)
        after_database_commit(alias, lambda: self._commit_from_thread(call))
        return None

    def dispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        refuse_on_loop("ctx.dispatch", "ctx.adispatch")
        return self._wait(_run(self._hub, self._followed, *self._next_dispatch(action, args, kwargs)))

    def on_commit(self, callback: Callable[[], object]) -> None:
        after_database_commit(open_transaction(), callback)

    def _commit_from_thread(self, call: Call) -> Entry:
        return self._wait(commit(self._hub, self._followed, [call], *self._next_commit()))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._hub.loop).result()

    def _call(self, mutation: Named, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        found = self.store.find_mutation(mutation, within=self.action.module)
        return Call(found, found.parameters.bind(args, kwargs))

    def _next_commit(self) -> tuple[Origin, int]:
        self._commits += 1
        return self._origin, self._commits

    def _next_dispatch(
        self, action: Named, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Action, FrozenDict[str, Any], Origin]:
        found = self.store.find_action(action, within=self.action.module)
        self._dispatches += 1
        origin = Origin(user=self.user, id=f"{self._origin.id}/{self._dispatches}", cause=self._origin.id)
        return found, found.parameters.bind(args, kwargs), origin


class ThreadContext(Context):
    """``ctx`` of a plain ``def`` action. Computes getters for itself: the replica's belong to the event loop."""

    def __init__(self, hub: Hub, followed: Followed, action: Action, origin: Origin) -> None:
        super().__init__(hub, followed, action, origin)
        self._getter_cache = GetterCache(self.store.getters, self.store.name)

    @property
    def getters(self) -> Getters:
        return self._getter_cache.bind(self._whole_state).within(self.action.module)

    @property
    def _whole_state(self) -> FrozenDict[str, Any]:
        return self._followed.replica.state


class AtomicContext(ThreadContext):
    """
    ``ctx`` of an ``atomic=True`` action: commits are kept back and go to the log as one entry, as the last thing
    before the database commits. A mutation that raises, then or in the action, rolls the database back.
    """

    def __init__(self, hub: Hub, followed: Followed, action: Action, origin: Origin) -> None:
        super().__init__(hub, followed, action, origin)
        self._calls: list[Call] = []
        self._expected = followed.replica.state

    @property
    def state(self) -> FrozenDict[str, Any]:
        """The state as it will be, unless another commit comes first; mutations run again on the newest then."""
        return self._in_module(self._expected)

    @property
    def _whole_state(self) -> FrozenDict[str, Any]:
        return self._expected

    def commit(self, mutation: Named, /, *args: Any, on_commit: bool = False, **kwargs: Any) -> None:
        call = self._call(mutation, args, kwargs)
        self._expected = run_calls(self._expected, [call]).state
        self._calls.append(call)

    def flush(self) -> None:
        if self._calls:
            self._wait(commit(self._hub, self._followed, self._calls, *self._next_commit()))
