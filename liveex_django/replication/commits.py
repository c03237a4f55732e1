"""
Committing: run a mutation on the newest state, ask the log to append its effects, again until nobody was faster.

No other process ever runs the mutation; replicas apply its patches. So a mutation always sees the head, an update
cannot be lost, and nothing depends on two processes computing the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..store import Entry, FrozenDict, Step, freeze
from ..store.draft import Effects
from ..store.mutations import Mutation
from ..store.patches import Patch
from ..store.restoring import Replacement
from .followed import TRANSACTION, Followed
from .hub import Hub
from .log import Appended, Behind, Elsewhere, Repeated
from .origin import Origin


@dataclass(frozen=True, slots=True)
class Call:
    """One mutation with its payload."""

    mutation: Mutation
    payload: FrozenDict[str, Any]


async def commit(hub: Hub, followed: Followed, calls: Sequence[Call], origin: Origin, number: int) -> Entry:
    """
    Commit ``calls`` as one entry, all or nothing; ``number`` counts the commits of the origin.

    Returns:
        The entry as it is in the log; the earlier one when this commit's id was there before.

    Raises:
        Reject: A mutation or a plugin refused. Nothing changed.
        Exception: Whatever a mutation raised. Nothing changed.
    """
    async with followed.queue:
        await hub.bear(followed)
        calls = [await _with_target(hub, followed, call) for call in calls]
        while True:
            before = followed.replica.state
            steps = [_step(followed, call, origin) for call in calls]
            effects = _run_hooked(followed, calls, steps)
            entry = _entry(followed, calls, effects, origin, number)
            outcome = await hub.log.append(followed.instance, followed.replica.position, entry)
            match outcome:
                case Appended():
                    followed.receive(entry)
                    for step in steps:
                        followed.instance.store.hooks.after(step, before, effects.state, entry)
                    await hub.broadcast(followed.instance, entry)
                    return entry
                case Repeated(earlier):
                    await hub.catch_up(followed)
                    return earlier
                case Behind(entries):
                    for missing in entries:
                        followed.receive(missing)
                case Elsewhere():
                    await hub.reload(followed)


def run_calls(state: FrozenDict[str, Any], calls: Sequence[Call]) -> Effects:
    """The effects of several mutations after one another, as those of one."""
    if len(calls) == 1:
        return calls[0].mutation.run(state, calls[0].payload)
    patches: list[Patch] = []
    inverse: list[Patch] = []
    for call in calls:
        effects = call.mutation.run(state, call.payload)
        state = effects.state
        patches.extend(effects.patches)
        inverse[:0] = effects.inverse
    return Effects(state=state, patches=tuple(patches), inverse=tuple(inverse), returned=None)


def _run_hooked(followed: Followed, calls: Sequence[Call], steps: Sequence[Step]) -> Effects:
    hooks = followed.instance.store.hooks
    if not hooks:
        return run_calls(followed.replica.state, calls)
    try:
        for step in steps:
            hooks.before(step, followed.replica.state)
        return run_calls(followed.replica.state, calls)
    except Exception as error:
        for step in steps:
            hooks.error(step, error)
        raise


async def _with_target(hub: Hub, followed: Followed, call: Call) -> Call:
    """``$reset`` and ``$restore`` with the state they put in place."""
    if not isinstance(call.mutation, Replacement):
        return call
    if call.mutation.name == "$reset":
        target = await hub.initial_state(followed.instance)
    else:
        target = await hub.state_at(followed, call.payload["version"])
    return Call(call.mutation.to(target), call.payload)


def _step(followed: Followed, call: Call, origin: Origin) -> Step:
    return Step(
        kind="mutation",
        store=followed.instance.store.name,
        key=followed.instance.key,
        name=call.mutation.name,
        payload=call.payload,
        action=origin.action,
        actor=origin.actor,
    )


def _entry(followed: Followed, calls: Sequence[Call], effects: Effects, origin: Origin, number: int) -> Entry:
    replica = followed.replica
    if len(calls) == 1:
        name, payload = calls[0].mutation.name, calls[0].payload
    else:
        name = TRANSACTION
        payload = freeze({"calls": [{"mutation": call.mutation.name, "payload": call.payload} for call in calls]})
    return Entry(
        version=replica.position.version + 1,
        epoch=replica.position.epoch,
        id=f"{origin.id}.{number}",
        name=name,
        payload=payload,
        patches=effects.patches,
        inverse=effects.inverse,
        action=origin.action,
        actor=origin.actor,
        cause=origin.cause,
        schema=followed.instance.store.schema,
        at=datetime.now(UTC),
    )
