"""
Committing: run a mutation on the newest state, ask the log to append its effects, again until nobody was faster.

No other process ever runs the mutation; replicas apply its patches. So a mutation always sees the head, an update
cannot be lost, and nothing depends on two processes computing the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ..exceptions import LogDenied, LogError, LogUnreachable, OutcomeUnknown
from ..store import Entry, Step
from ..store.draft import Effects
from . import clock, purity
from .calls import Call, Outline, State, outline, run_calls
from .commit_log import log_commit, started
from .followed import Followed
from .log import Appended, Behind, Elsewhere, Repeated
from .origin import Origin
from .repeats import find_made
from .targets import ready
from .tasks import to_its_end
from .threads import apart
from .upgrades import is_up_to_date, upgrade_call

if TYPE_CHECKING:
    from .hub import Hub


async def commit(
    hub: "Hub",
    followed: Followed,
    calls: Sequence[Call],
    origin: Origin,
    # Counts the commits of the origin, from 1.
    number: int,
    *,
    label: str | None = None,
) -> Entry:
    """
    Commit ``calls`` as one entry, all or nothing. The caller holds ``followed``.

    A caller that is cancelled while it waits for its turn has committed nothing; from then on the commit goes on to
    its end, and the cancellation waits for it.

    Returns:
        The entry as it is in the log; the earlier one when this commit's id was there before.

    Raises:
        Reject: A mutation or a plugin refused. Nothing changed.
        NewerSchema, MissingMigration: The stored state is none that this release can change.
        Exception: Whatever a mutation raised. Nothing changed.
    """
    entry = await _in_turn(followed, _Commit(hub, followed, calls, origin, number, label))
    assert entry is not None
    return entry


async def prepare(hub: "Hub", followed: Followed, calls: Sequence[Call], origin: Origin, number: int) -> "Prepared":
    """
    Try a commit on the newest state, and keep everybody else in this process from committing to the instance until it
    is made or given up. So nothing can come between but a commit of another process.

    Raises:
        Exception: What :func:`commit` would raise now. Nobody is kept.
    """
    await followed.queue.acquire()
    work = _Commit(hub, followed, calls, origin, number)
    try:
        await to_its_end(hub.run(work.rehearse(), is_awaited=True))
    except BaseException:
        followed.queue.release()
        raise
    return Prepared(work)


class Prepared:
    """A commit that was tried. Either method is to be called once, on the hub's loop."""

    def __init__(self, work: "_Commit") -> None:
        self._work = work

    async def commit(self) -> Entry:
        """As :func:`commit`, which see."""
        entry = await _until_released(self._work)
        assert entry is not None
        return entry

    def give_up(self) -> None:
        """Commit nothing."""
        self._work.followed.queue.release()


async def bring_up_to_date(hub: "Hub", followed: Followed) -> None:
    """
    Migrate the state of an instance, when it is of an earlier schema or lacks a module's. The caller holds ``followed``.

    Raises:
        MissingMigration: There is no way.
        Exception: Whatever a migration raises. Nothing changed.
    """
    if not is_up_to_date(followed):
        await _in_turn(followed, _Upgrade(hub, followed))


async def _in_turn(followed: Followed, work: "_Commit") -> Entry | None:
    await followed.queue.acquire()
    return await _until_released(work)


async def _until_released(work: "_Commit") -> Entry | None:
    """Run what has its turn, to its end, and let the next one have it."""
    task = work.hub.run(work.run(), is_awaited=True)
    task.add_done_callback(lambda _: work.followed.queue.release())
    return await to_its_end(task)


# The state that mutations started from, they themselves, what they did, and the states around each of them.
_Tried = tuple[State, Sequence[Call], Effects, Sequence[State]]


@dataclass(slots=True)
class _Commit:
    """A commit whose turn it is."""

    hub: "Hub"
    followed: Followed
    calls: Sequence[Call] = ()
    origin: Origin = field(default_factory=Origin)
    number: int = 1
    label: str | None = None

    async def run(self) -> Entry | None:
        """The entry; None when there was nothing to do."""
        began, steps = started(), self._steps()
        try:
            await self._begin()
            return await self._append(steps, began)
        except Exception as error:
            if isinstance(error, LogUnreachable | LogDenied | OutcomeUnknown):
                self.hub.log_failed(error)
            if self.origin.is_repeatable and (earlier := await self._find_earlier(error)) is not None:
                return earlier
            self._tell_error(steps, error)
            raise

    async def rehearse(self) -> None:
        """Run the mutations on the newest state, and commit nothing."""
        steps = self._steps()
        try:
            await self._begin()
            await self.hub.catch_up(self.followed)
            await self._run_calls(steps)
        except Exception as error:
            self._tell_error(steps, error)
            raise

    async def _begin(self) -> None:
        await self.hub.bear(self.followed)
        if not is_up_to_date(self.followed):
            await _Upgrade(self.hub, self.followed).run()

    def _tell_error(self, steps: Sequence[Step], error: Exception) -> None:
        for step in steps:
            self.followed.instance.store.hooks.error(step, error)

    async def _find_earlier(self, error: Exception) -> Entry | None:
        """
        What the log has under this commit's id, when running its mutations again has failed: perhaps just because they have
        been applied.
        """
        if isinstance(error, LogError):
            return None
        unchanged = Effects(state=self.followed.replica.state, patches=(), inverse=(), returned=None)
        entry = self._entry(outline(self.calls, self.label), unchanged)
        version = await find_made(self.hub.log, self.followed.instance, [entry.id], error)
        if version is None:
            return None
        await self.hub.catch_up(self.followed)
        return replace(entry, version=version)

    async def _prepared(self) -> Sequence[Call]:
        """The mutations, ready to run on the replica's present state; none when there is nothing left to do."""
        is_alone = len(self.calls) == 1 and self.label is None
        return [await ready(self.hub, self.followed, call, is_alone=is_alone) for call in self.calls]

    async def _append(self, steps: Sequence[Step], began: float) -> Entry | None:
        """Try until nobody was faster."""
        hub, followed = self.hub, self.followed
        while True:
            tried = await self._run_calls(steps)
            if tried is None:
                return None
            before, calls, effects, states = tried
            entry = self._entry(outline(calls, self.label), effects)
            position = followed.replica.position
            match await hub.log.append(followed.instance, position, entry):
                case Appended():
                    with apart():
                        self._tell(entry, position.id, steps, states)
                    log_commit(followed.instance, entry, before, began)
                    return entry
                case Repeated(earlier):
                    await hub.catch_up(followed)
                    return earlier
                case Behind(entries):
                    for missing in entries:
                        followed.receive(missing)
                case Elsewhere():
                    await hub.reload(followed)

    async def _run_calls(self, steps: Sequence[Step]) -> _Tried | None:
        """What the mutations do on the replica's present state; None when there is nothing left to do."""
        self.followed.check_schema()
        calls = await self._prepared()
        if not calls:
            return None
        before = self.followed.replica.state
        effects, states = run_calls(before, calls, before=partial(self._ask_plugins, steps), run=purity.run)
        self.followed.size.check(before, effects)
        return before, calls, effects, states

    def _ask_plugins(self, steps: Sequence[Step], number: int, state: State) -> None:
        if steps:
            self.followed.instance.store.hooks.before(steps[number], state)

    def _tell(self, entry: Entry, after: str, steps: Sequence[Step], states: Sequence[State]) -> None:
        """The entry is in the log: nothing that happens here can take it back."""
        followed, hooks = self.followed, self.followed.instance.store.hooks
        followed.receive(entry)
        self.hub.tell_others(followed.instance, entry, after)
        for number, step in enumerate(steps):
            hooks.after(step, states[number], states[number + 1], entry)
        followed.store_subscribers.tell(entry, states[0], states[-1])
        if followed.snapshots.is_due(followed.replica.position):
            self.hub.set_off(followed.snapshots.save(self.hub.log, followed.instance, followed.replica))

    def _steps(self) -> Sequence[Step]:
        return [self._step(call) for call in self.calls]

    def _step(self, call: Call) -> Step:
        instance, origin = self.followed.instance, self.origin
        step = partial(Step, kind="mutation", store=instance.store.name, key=instance.key)
        return step(name=call.mutation.name, payload=call.payload, action=origin.action, actor=origin.actor)

    def _entry(self, what: Outline, effects: Effects) -> Entry:
        position, origin = self.followed.replica.position, self.origin
        return Entry(
            version=position.version + 1,
            epoch=position.epoch,
            id=f"{origin.id}.{self.number}",
            name=what.name,
            payload=what.payload,
            patches=effects.patches,
            inverse=effects.inverse,
            action=origin.action,
            actor=origin.actor,
            cause=origin.cause,
            schema=self.followed.instance.store.schema,
            at=clock.now(),
        )


class _Upgrade(_Commit):
    """
    What has to be committed before anything else can be. Plugins are not asked: nothing could go on without it.
    """

    async def run(self) -> Entry | None:
        try:
            await self.hub.bear(self.followed)
            return await self._append((), started())
        except Exception as error:
            error.add_note(f"This happened while the stored state of {self.followed.instance} was brought up to date.")
            raise

    async def _prepared(self) -> Sequence[Call]:
        if is_up_to_date(self.followed):
            return ()
        replica = self.followed.replica
        return [await upgrade_call(self.followed.instance.store, replica.state, replica.schema)]
