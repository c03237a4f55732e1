"""
The hub: one per process that serves pages. Keeps the replicas, follows the log, owns the tasks.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, TypeVar
from uuid import uuid4

from channels.layers import BaseChannelLayer

from ..exceptions import DamagedPatch, LogDenied, LogError, LogUnreachable, OutcomeUnknown
from ..store import Entry
from .announcements import Announcements
from .claimant import Claimant
from .commits import bring_up_to_date
from .condition import Condition
from .ending import Ending
from .followed import Followed
from .groups import Groups
from .instance import Instance
from .layer_messages import Announcement, Entries
from .loading import Loading
from .log import MutationLog
from .mending import Mending
from .metrics import Metrics
from .neighbours import acting_hub, move_in, move_out, tell_neighbours
from .policies import Slots
from .position_check import PositionCheck
from .relay import Relay
from .replica import Received
from .report import Report, make_report
from .roll_call import RollCall
from .store_subscribers import StoreSubscribers
from .tasks import Tasks
from .timing import Timing

logger = logging.getLogger("liveex.replication")
T = TypeVar("T")


class Hub:
    """
    Args:
        log: Where committed mutations are kept.
        layer: Carries entries between processes; None when no other process could listen.
        timing: How long it waits for what.
        is_passing: It is there to commit, as in a worker: it tells others, and does not listen to them until somebody
            wants to hear: an instance, by :meth:`acquire`, or what is announced.

    Attributes:
        id: Names it to other hubs.
        condition: Whether the log answers.
        metrics: What it has counted.
        loading: Reads the log.
        announcements: What hubs tell each other besides entries.
        ending: How far it is with its end.
    """

    def __init__(
        self,
        log: MutationLog,
        layer: BaseChannelLayer | None,
        timing: Timing | None = None,
        *,
        is_passing: bool = False,
    ) -> None:
        self.id = uuid4().hex
        self.loop = asyncio.get_running_loop()
        self.log = log
        self._is_passing = is_passing
        self._beginning_to_listen = asyncio.Lock()
        self.condition = Condition()
        self.metrics = Metrics()
        self._timing = timing or Timing()
        self._followed: dict[str, Followed] = {}
        # What somebody wants done, and what goes on for as long as the hub lives.
        self._tasks, self._background = Tasks(self.loop), Tasks(self.loop)
        self.ending = Ending(self.loop, self._tasks)
        # Of the first, those that commits have set off, and nobody awaits.
        self._set_off: set[asyncio.Task[None]] = set()
        self.claimant = Claimant(log.claims, self.id, self.ending.goodbyes)
        self.relay = Relay(self)
        self.slots = Slots()
        self.loading = Loading(log, self.metrics)
        self.announcements = Announcements(self)
        self.mending = Mending(self, self._timing.hold)
        self.check = PositionCheck(self, self._timing.check, self._timing.renew)
        self.roll_call = RollCall(self)
        self.groups = Groups(
            layer,
            log.namespace,
            self.id,
            self._background,
            self.metrics,
            self._timing,
            self._hear,
            self._entered,
            self.check.soon,
        )
        if layer is None:
            move_in(self)

    @property
    def is_draining(self) -> bool:
        """Whether its server is ending: what runs goes on, and nobody begins anything new."""
        return self.ending.is_draining

    @property
    def listens(self) -> bool:
        """Whether other processes may have something to say, and this hub wants to hear it."""
        return self.groups.layer is not None and not self._is_passing

    # Following

    @asynccontextmanager
    async def following(self, instance: Instance) -> AsyncIterator[Followed]:
        """
        Have an instance for the length of a block, with the newest state when it begins. What others commit meanwhile is
        heard when this hub listens; otherwise the next commit finds it.
        """
        followed = await self.hold(instance)
        try:
            yield followed
        finally:
            self.release(followed)

    async def acquire(self, instance: Instance, *, is_new: bool = False) -> Followed:
        """
        Follow an instance, with the newest state when this returns. Pair with :meth:`release`.

        Args:
            is_new: Its key was made a moment ago, for a page, so the log cannot have it and is not asked.

        Raises:
            NewerSchema, MissingMigration: The stored state is none that this release can work with.
            LogError: The log cannot be read.
        """
        await self.begin_to_listen()
        return await self.hold(instance, is_new=is_new)

    async def hold(self, instance: Instance, *, is_new: bool = False) -> Followed:
        """As :meth:`acquire`, for whoever need not hear of what comes later."""
        followed = self._followed.get(instance.digest)
        was_held = followed is not None
        if followed is None:
            followed = self._followed[instance.digest] = self._make_followed(instance)
            followed.ready = self.run(self._begin(followed, is_new), is_awaited=True)
            # Whoever waits is told what it raises; when all of them have gone meanwhile, it is nobody's.
            followed.ready.add_done_callback(lambda task: task.cancelled() or task.exception())
        followed.holders += 1
        try:
            assert followed.ready is not None
            await asyncio.shield(followed.ready)
            if was_held and self._is_passing:
                await self._make_newest(followed)
            followed.check_schema()
            # Only when a module was added to the store since.
            await bring_up_to_date(self, followed)
        except BaseException:
            self._let_go(followed)
            raise
        return followed

    async def begin_to_listen(self) -> None:
        """Hear from now on what others commit, also to the instances that are held already."""
        if not self._is_passing and not self._beginning_to_listen.locked():
            return
        async with self._beginning_to_listen:
            if self._is_passing:
                self._is_passing = False
                await asyncio.gather(*map(self._begin_to_hear, self.all_followed()))

    async def _begin_to_hear(self, followed: Followed) -> None:
        followed.holders += 1
        try:
            await self._enter_group_of(followed.instance)
            assert followed.ready is not None
            await asyncio.wait({followed.ready})
            if followed.ready.exception() is None:
                await self._make_newest(followed)
        finally:
            self._let_go(followed)

    async def _make_newest(self, followed: Followed) -> None:
        """Read what others have committed while this hub did not listen."""
        if self.groups.layer is not None and followed.is_born:
            async with followed.queue:
                await self.loading.catch_up(followed)

    def release(self, followed: Followed) -> None:
        """Give back what :meth:`acquire` returned."""
        if followed.holders == 1 and self._timing.linger and followed.instance.store.scope != "page":
            # Whoever was shown a page joins it a moment later, a page that reloads comes back, the next visitor is shown
            # what this one was, a worker goes on.
            self.loop.call_later(self._timing.linger, self._let_go, followed)
        else:
            self._let_go(followed)

    def _let_go(self, followed: Followed) -> None:
        instance = followed.instance
        followed.holders -= 1
        if not followed.holders and self._followed.get(instance.digest) is followed:
            del self._followed[instance.digest]
            if self.listens and self.groups.takes(instance):
                self.groups.leave(self.groups.group_of(instance))

    def all_followed(self) -> Sequence[Followed]:
        """What is followed now."""
        return tuple(self._followed.values())

    def _make_followed(self, instance: Instance) -> Followed:
        def start(work: Coroutine[Any, Any, None]) -> None:
            # Held meanwhile, so that an instance has one queue of callbacks at a time, and they stay in order.
            followed.holders += 1
            self.set_off(work).add_done_callback(lambda _: self._let_go(followed))

        followed = Followed(instance, StoreSubscribers(instance.store, start))
        return followed

    async def _begin(self, followed: Followed, is_new: bool) -> None:
        instance = followed.instance
        # First: whatever is committed after the log was read is heard.
        await self._enter_group_of(instance)
        await self.loading.load(followed, is_new=is_new)
        if followed.is_born:
            await bring_up_to_date(self, followed)

    async def _enter_group_of(self, instance: Instance) -> None:
        if self.listens:
            self.check.start()
            self.roll_call.start()
            if self.groups.takes(instance):
                await self.groups.enter(self.groups.group_of(instance))

    def log_failed(self, error: LogError) -> None:
        """
        A commit or an event met a log that failed. When that is because it does not answer, it is looked at again at once,
        and then regularly.
        """
        if self.listens and isinstance(error, LogUnreachable | LogDenied | OutcomeUnknown):
            self.condition.degrade(error)
            self.check.soon()

    def follows(self, instance: Instance) -> bool:
        """Whether somebody here wants to hear of the instance. Any thread may ask."""
        return instance.digest in self._followed

    def tell_others(self, instance: Instance, entry: Entry, after: str) -> None:
        """
        Tell the other processes, and the other hubs of this one, of an entry that was committed here.

        Args:
            after: The id of the entry before it.
        """
        if self.groups.layer is None:
            tell_neighbours(self, instance, entry)
        else:
            self.groups.broadcast(instance, entry, after)

    def hear(self, digest: str, entry: Entry) -> None:
        """Take an entry that another hub of this process has committed. Called on the loop."""
        self._take(digest, entry, None)

    def _hear(self, message: Entries | Announcement) -> None:
        if isinstance(message, Entries):
            after = message.after
            for entry in message.entries:
                self._take(message.instance, entry, after)
                after = entry.id
        else:
            self.announcements.hear(message.topic, message.content)

    def _take(self, digest: str, entry: Entry, after: str | None) -> None:
        followed = self._followed.get(digest)
        if followed is None:
            return
        try:
            received = followed.receive(entry, after)
        except DamagedPatch as error:
            logger.error("Entry %s of %s does not fit, so the log is asked: %s", entry.version, followed, error)
            self.mending.begin(followed)
            return
        match received:
            case Received.APPLIED:
                self.metrics.applied += 1
            case Received.REPEATED:
                self.metrics.repeated += 1
            case Received.EARLY if followed.is_loaded:
                self.metrics.early += 1
                self.mending.doubt(followed)
            case Received.FOREIGN:
                self.metrics.foreign += 1
                self.mending.begin(followed)

    def _entered(self, group: str) -> None:
        """The layer reaches this hub through a group again, and may have lost messages before."""
        for followed in self._followed.values():
            if followed.is_loaded and self.groups.group_of(followed.instance) == group:
                self.mending.begin(followed)

    # Watching

    def report(self) -> Report:
        """What this hub knows and has counted, as plain data. Any thread may ask."""
        return make_report(self, sum(1 for _ in self._tasks))

    # Tasks

    def is_running_here(self) -> bool:
        """Whether this code runs on the hub's event loop."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def run(
        self,
        work: Coroutine[Any, Any, T],
        *,
        is_awaited: bool = False,
        what: str = "",
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """
        Start a task that the hub owns, so that nobody else's cancellation ends it half-way.

        Args:
            is_awaited: Whoever starts it waits for it.
            what: What the log calls it when a shutdown cuts it off.
            context: What it runs in; without, a copy of the present one.
        """
        return self._tasks.run(work, is_awaited=is_awaited, what=what, context=context)

    def set_off(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that a commit leads to. Whoever ends the hub's loop waits for it, by :meth:`settle`."""
        token = acting_hub.set(self)
        try:
            task = self.run(work)
        finally:
            acting_hub.reset(token)
        self._set_off.add(task)
        task.add_done_callback(self._set_off.discard)
        return task

    async def settle(self, within: float) -> None:
        """
        Wait until what commits have set off has ended, for so many seconds, and until the others have been told.

        Not to be called within an action or what a commit has set off: they may wait for each other.
        """
        deadline = self.loop.time() + within
        while self._set_off:
            await asyncio.wait(self._set_off, timeout=max(0, deadline - self.loop.time()))
            if self._set_off and self.loop.time() >= deadline:
                logger.warning(
                    "What commits have set off, such as callbacks of @store.on, still runs after %g s. It is cancelled "
                    "when the event loop ends now. Raise LIVEEX['DRAIN'] when it needs longer.",
                    within,
                )
                break
        await self.groups.sent()

    def run_apart(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that nobody asked for: it ends with the hub, wherever it stands."""
        return self._background.run(work)

    async def shielded(self, work: Coroutine[Any, Any, T], *, what: str = "") -> T:
        """Run ``work`` to its end even when the caller goes away meanwhile."""
        return await self._tasks.shielded(work, what=what)

    async def close(self, drain: float | None = None) -> None:
        """
        Cancel what runs, and leave the channel layer.

        Args:
            drain: Seconds that running work has before, to end by itself; None when nobody is to be waited for, and told.
        """
        await self.ending.drain(drain)
        move_out(self)
        self.check.stop()
        self.relay.stop()
        await self._tasks.close()
        await self.ending.say_goodbye(is_in_haste=drain is None)
        await self.groups.close()
        await self._background.close()
