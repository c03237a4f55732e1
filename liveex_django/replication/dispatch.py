"""
Dispatching: run an action with a ``ctx`` that commits, reads and dispatches further.

An action runs in a task that the hub owns, so it ends even when whoever asked goes away. A plain ``def`` runs in a
thread; its ``ctx`` brings every call back to the hub's loop.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from ..exceptions import ActionCancelled, ActionTimeout, AtomicInTransaction, NotAllowed
from ..store import FrozenDict, Step
from ..store.actions import Action
from .atomic_actions import call_atomic
from .bundle import current_bundle, without_bundle
from .context import Context, Dispatch, ThreadContext
from .followed import Followed
from .hub import Hub
from .instance import Instance
from .neighbours import acting_hub
from .origin import Origin, caused_by
from .repeats import is_excused
from .tasks import to_its_end
from .threads import run_in_thread

T = TypeVar("T")


async def dispatch(hub: Hub, followed: Followed, action: Action, payload: FrozenDict[str, Any], origin: Origin) -> Any:
    """
    Run an action to its end and return what it returned.

    Raises:
        NotAllowed: The user lacks the action's permission; the system needs none.
        AlreadyRunning, Superseded, ActionTimeout: What the action's ``policy`` and ``timeout`` say.
        Exception: Whatever the action raised; what it had committed before stays committed.
    """
    work = _run_followed(hub, followed.instance, action, payload, origin)
    return await hub.shielded(work, what=f"action {action.name!r} of {followed.instance}")


async def _run_followed(
    hub: Hub, instance: Instance, action: Action, payload: FrozenDict[str, Any], origin: Origin
) -> Any:
    """Hold the instance until the action has ended: whoever asked may let go of it before."""
    async with hub.following(instance) as followed:
        with without_bundle():
            return await _run(Dispatch(hub, followed, action, payload, origin))


async def _run(dispatch: Dispatch) -> Any:
    followed, action = dispatch.followed, dispatch.action
    hooks, step = followed.instance.store.hooks, _step(dispatch)
    try:
        await _check_permission(dispatch)
        async with dispatch.hub.slots.entered(action, followed.instance, dispatch.origin):
            before = followed.replica.state
            hooks.before(step, before)
            token = acting_hub.set(dispatch.hub)
            try:
                with caused_by(dispatch.origin.id):
                    returned = await _call_or_find_action(dispatch)
            finally:
                acting_hub.reset(token)
    except Exception as error:
        hooks.error(step, error)
        raise
    hooks.after(step, before, followed.replica.state)
    return returned


async def _check_permission(dispatch: Dispatch) -> None:
    permission, origin = dispatch.action.permission, dispatch.origin
    if permission and origin.user is not None and not await run_in_thread(origin.user.has_perm, permission):
        raise NotAllowed(f"{origin.actor} lacks {permission!r}, which action {dispatch.action.name!r} asks for.")


def _step(dispatch: Dispatch) -> Step:
    instance, origin = dispatch.followed.instance, dispatch.origin
    return Step(
        kind="action",
        store=instance.store.name,
        key=instance.key,
        name=dispatch.action.name,
        payload=dispatch.payload,
        action=origin.action,
        actor=origin.actor,
    )


async def _call_or_find_action(dispatch: Dispatch) -> Any:
    """Call the action. When it is asked for again, and fails because it has been applied, that is a success."""
    ctx = (Context if dispatch.action.is_async else ThreadContext)(dispatch, _run)
    try:
        return await _call_action(dispatch, ctx)
    except Exception as error:
        instance = dispatch.followed.instance
        if await is_excused(dispatch.hub.log, dispatch.origin, [instance], ctx.next_ids, error):
            return None
        raise


async def _call_action(dispatch: Dispatch, ctx: Context) -> Any:
    action = dispatch.action
    arguments = action.parameters.call_arguments(dispatch.payload)
    if action.is_async:
        return await _call_async(action, ctx, arguments)
    if action.atomic:
        bundle = current_bundle(dispatch.followed)
        if bundle is not None and not bundle.is_atomic:
            raise AtomicInTransaction(action.name, action.store_name)
        call = _kept_from_exiting(run_in_thread(call_atomic, dispatch, ctx, arguments))
    else:
        call = _kept_from_exiting(run_in_thread(action.function, ctx, **arguments))
    # A running thread cannot be cancelled, so neither can this: what it commits would come as a surprise later.
    return await to_its_end(dispatch.hub.run(call, is_awaited=True))


async def _kept_from_exiting(call: Awaitable[T]) -> T:
    """An action that calls ``sys.exit()`` fails; it does not end the server, as it would from a task."""
    try:
        return await call
    except SystemExit as error:
        raise RuntimeError(f"SystemExit was raised, which would have ended the server: {error}") from error


async def _call_async(action: Action, ctx: Context, arguments: dict[str, Any]) -> Any:
    limit = asyncio.timeout(action.timeout)
    try:
        async with limit:
            return await _kept_from_exiting(action.function(ctx, **arguments))
    except TimeoutError as error:
        if limit.expired() and action.timeout is not None:
            raise ActionTimeout(action.name, action.store_name, action.timeout) from error
        raise
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise ActionCancelled(action.name, action.store_name) from error
        raise
