"""
A commit: run its mutations on the newest state, ask the log to append their effects, again until nobody was faster.
"""

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ..exceptions import LogError
from ..store import Entry, Step
from ..store.draft import Effects
from ..store.restoring import Replacement, Reversal
from . import clock, purity
from .calls import Call, Outline, State, outline, run_calls
from .commit_log import log_commit, started
from .followed import Followed
from .log import Appended, Behind, Elsewhere, Position, Repeated
from .origin import Origin
from .repeats import find_made
from .targets import ready
from .threads import apart
from .upgrades import is_up_to_date, upgrade_call

if TYPE_CHECKING:
    from .hub import Hub

# Mutations, what they did, and the states around each of them.
Tried = tuple[Sequence[Call], Effects, Sequence[State]]


@dataclass(frozen=True, slots=True)
class Trial:
    """
    An entry that may go to the log.

    Attributes:
        after: The id of the entry before it.
        steps: Of its mutations, for plugins; ``states`` stand around each of them.
    """

    entry: Entry
    after: str
    steps: Sequence[Step]
    states: Sequence[State]


@dataclass(slots=True)
class Work:
    """
    A commit.

    Attributes:
        context: That of who asked: what a mutation says to people is in their language.
        made: Set by whoever makes it together with others: the entry; None when it has to be made by itself.
    """

    hub: "Hub"
    followed: Followed
    calls: Sequence[Call] = ()
    origin: Origin = field(default_factory=Origin)
    number: int = 1
    label: str | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    made: asyncio.Future[Entry | None] | None = None

    @property
    def id(self) -> str:
        """Of the entry that it becomes."""
        return f"{self.origin.id}.{self.number}"

    @property
    def may_be_shared(self) -> bool:
        """Whether it needs nothing but the state that it starts from, so that it may follow others in one round trip."""
        is_plain = not any(isinstance(call.mutation, Replacement | Reversal) for call in self.calls)
        return is_plain and not self.origin.is_repeatable and self.followed.is_born and is_up_to_date(self.followed)

    async def run(self) -> Entry | None:
        """The entry; None when there was nothing to do."""
        began, steps = started(), self._steps()
        try:
            await self._begin()
            return await self._append(steps, began)
        except Exception as error:
            if self.origin.is_repeatable and (earlier := await self._find_earlier(error)) is not None:
                return earlier
            self._tell_error(steps, error)
            raise

    async def rehearse(self) -> None:
        """Run the mutations on the newest state, and commit nothing."""
        steps = self._steps()
        try:
            await self._begin()
            await self.hub.loading.catch_up(self.followed)
            await self._run_calls(steps)
        except Exception as error:
            self._tell_error(steps, error)
            raise

    async def _begin(self) -> None:
        await self.hub.loading.bear(self.followed)
        if not is_up_to_date(self.followed):
            await Upgrade(self.hub, self.followed).run()

    def fail(self, error: Exception) -> None:
        """Nothing was committed."""
        self._tell_error(self._steps(), error)

    def _tell_error(self, steps: Sequence[Step], error: Exception) -> None:
        if isinstance(error, LogError):
            self.hub.log_failed(error)
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
        entry = self._entry(outline(self.calls, self.label), unchanged, self.followed.replica.position)
        version = await find_made(self.hub.log, self.followed.instance, [entry.id], error)
        if version is None:
            return None
        await self.hub.loading.catch_up(self.followed)
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
            calls, effects, states = tried
            position = followed.replica.position
            entry = self._entry(outline(calls, self.label), effects, position)
            match await hub.log.append(followed.instance, position, entry):
                case Appended():
                    self.tell(Trial(entry, position.id, steps, states), began)
                    return entry
                case Repeated(earlier):
                    await hub.loading.catch_up(followed)
                    return earlier
                case Behind(entries):
                    for missing in entries:
                        followed.receive(missing)
                case Elsewhere():
                    await hub.loading.reload(followed)

    async def _run_calls(self, steps: Sequence[Step]) -> Tried | None:
        """What the mutations do on the replica's present state; None when there is nothing left to do."""
        self.followed.check_schema()
        calls = await self._prepared()
        if not calls:
            return None
        before = self.followed.replica.state
        effects, states = run_calls(before, calls, before=partial(self._ask_plugins, steps), run=purity.run)
        self.followed.size.check(before, effects)
        return calls, effects, states

    def try_on(self, state: State, position: Position) -> "Trial":
        """
        What a commit that may be shared makes of a state that is not in the log yet.

        Raises:
            Exception: Whatever a mutation or a plugin raises.
        """
        self.followed.check_schema()
        steps = self._steps()
        effects, states = run_calls(state, self.calls, before=partial(self._ask_plugins, steps), run=purity.run)
        self.followed.size.check(state, effects)
        return Trial(self._entry(outline(self.calls, self.label), effects, position), position.id, steps, states)

    def _ask_plugins(self, steps: Sequence[Step], number: int, state: State) -> None:
        if steps:
            self.followed.instance.store.hooks.before(steps[number], state)

    def tell(self, trial: "Trial", began: float) -> None:
        """The entry is in the log: nothing that happens here can take it back."""
        followed, hooks = self.followed, self.followed.instance.store.hooks
        entry, states = trial.entry, trial.states
        with apart():
            followed.receive(entry)
            self.hub.tell_others(followed.instance, entry, trial.after)
            for number, step in enumerate(trial.steps):
                hooks.after(step, states[number], states[number + 1], entry)
            followed.store_subscribers.tell(entry, states[0], states[-1])
            self._save_snapshot()
        log_commit(followed.instance, entry, states[0], began)

    def _save_snapshot(self) -> None:
        followed = self.followed
        if followed.snapshots.is_due(followed.replica.position):
            self.hub.set_off(followed.snapshots.save(self.hub.log, followed.instance, followed.replica))

    def _steps(self) -> Sequence[Step]:
        return [self._step(call) for call in self.calls]

    def _step(self, call: Call) -> Step:
        instance, origin = self.followed.instance, self.origin
        step = partial(Step, kind="mutation", store=instance.store.name, key=instance.key)
        return step(name=call.mutation.name, payload=call.payload, action=origin.action, actor=origin.actor)

    def _entry(self, what: Outline, effects: Effects, position: Position) -> Entry:
        origin = self.origin
        return Entry(
            version=position.version + 1,
            epoch=position.epoch,
            id=self.id,
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


class Upgrade(Work):
    """
    What has to be committed before anything else can be. Plugins are not asked: nothing could go on without it.
    """

    async def run(self) -> Entry | None:
        try:
            await self.hub.loading.bear(self.followed)
            return await self._append((), started())
        except Exception as error:
            error.add_note(f"This happened while the stored state of {self.followed.instance} was brought up to date.")
            raise

    async def _prepared(self) -> Sequence[Call]:
        if is_up_to_date(self.followed):
            return ()
        replica = self.followed.replica
        return [await upgrade_call(self.followed.instance.store, replica.state, replica.schema)]
