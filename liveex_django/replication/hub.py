"""
The hub: one per process that serves pages. Keeps the replicas, follows the log, owns the tasks.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer

from ..exceptions import DamagedPatch
from ..store import Entry, FrozenDict, Store
from .commits import bring_up_to_date
from .followed import Followed
from .groups import Groups
from .initial_states import make_initial
from .instance import Instance
from .log import MutationLog, Position, Snapshot
from .neighbours import move_in, move_out, tell_neighbours
from .policies import Slots
from .replica import Received
from .sizes import check_initial_size
from .store_subscribers import StoreSubscribers
from .tasks import Tasks

logger = logging.getLogger("liveex.replication")
T = TypeVar("T")

# The position of an instance that the log does not have yet.
UNBORN = Position("", 0, "")


class Hub:
    """
    Args:
        log: Where committed mutations are kept.
        layer: Carries entries between processes; None when no other process could listen.
    """

    def __init__(self, log: MutationLog, layer: BaseChannelLayer | None) -> None:
        self.id = uuid4().hex
        self.loop = asyncio.get_running_loop()
        self.log = log
        self._followed: dict[str, Followed] = {}
        # The initial state of each store that was measured last.
        self._measured: WeakKeyDictionary[Store, FrozenDict[str, Any]] = WeakKeyDictionary()
        self._tasks = Tasks(self.loop)
        self.slots = Slots()
        self.groups = Groups(layer, self.id, self._tasks, self._take)
        if layer is None:
            move_in(self)

    # Following

    @asynccontextmanager
    async def following(self, instance: Instance) -> AsyncIterator[Followed]:
        """Follow an instance for the length of a block."""
        followed = await self.acquire(instance)
        try:
            yield followed
        finally:
            self.release(followed)

    async def acquire(self, instance: Instance) -> Followed:
        """
        Follow an instance, with the newest state when this returns. Pair with :meth:`release`.

        Raises:
            NewerSchema, MissingMigration: The stored state is none that this release can work with.
        """
        followed = self._followed.get(instance.digest)
        if followed is None:
            followed = self._followed[instance.digest] = self._make_followed(instance)
            followed.ready = self.run(self._begin(followed), is_awaited=True)
        followed.holders += 1
        try:
            assert followed.ready is not None
            await asyncio.shield(followed.ready)
            followed.check_schema()
            # Only when a module was added to the store since.
            await bring_up_to_date(self, followed)
        except BaseException:
            self.release(followed)
            raise
        return followed

    def release(self, followed: Followed) -> None:
        """Give back what :meth:`acquire` returned."""
        instance = followed.instance
        followed.holders -= 1
        if not followed.holders and self._followed.get(instance.digest) is followed:
            del self._followed[instance.digest]
            if self.groups.takes(instance):
                self.run(self.groups.leave(instance, lambda: instance.digest in self._followed))

    def _make_followed(self, instance: Instance) -> Followed:
        def start(work: Coroutine[Any, Any, None]) -> None:
            # Held meanwhile, so that an instance has one queue of callbacks at a time, and they stay in order.
            followed.holders += 1
            self.run(work).add_done_callback(lambda _: self.release(followed))

        followed = Followed(instance, StoreSubscribers(instance.store, start))
        return followed

    async def _begin(self, followed: Followed) -> None:
        instance = followed.instance
        if self.groups.takes(instance):
            await self.groups.join(instance)
        loaded = await self.log.load(instance)
        if loaded is None:
            state = await self.initial_state(instance)
            if instance.store.scope == "page":
                followed.load(Snapshot(UNBORN, state, instance.store.schema), (), is_born=False)
                return
            loaded = await self.log.create(instance, state)
        followed.load(*loaded, is_born=True)
        await bring_up_to_date(self, followed)

    async def bear(self, followed: Followed) -> None:
        """Write an instance that the log does not have yet."""
        if not followed.is_born:
            followed.load(*await self.log.create(followed.instance, followed.replica.state), is_born=True)

    async def catch_up(self, followed: Followed) -> None:
        """Apply what the log has and the replica has not; from a snapshot when their histories differ."""
        entries = await self.log.read(followed.instance, followed.replica.position)
        if entries is None:
            await self.reload(followed)
        else:
            for entry in entries:
                followed.receive(entry)

    async def reload(self, followed: Followed) -> None:
        """Begin again from the log; makes a new history when the log lost this one."""
        loaded = await self.log.load(followed.instance)
        if loaded is None:
            logger.error("The log has lost %s; it begins again from its initial state.", followed.instance)
            loaded = await self.log.create(followed.instance, await self.initial_state(followed.instance))
        followed.load(*loaded, is_born=True)

    async def initial_state(self, instance: Instance) -> FrozenDict[str, Any]:
        """
        What the store's ``state=`` gives now.

        Raises:
            StateTooLarge: It is larger than a state may be.
        """
        state = await make_initial(instance.store)
        # A dict that every page begins with is measured once.
        if self._measured.get(instance.store) is not state:
            check_initial_size(instance, state)
            self._measured[instance.store] = state
        return state

    def follows(self, instance: Instance) -> bool:
        """Whether somebody here wants to hear of the instance. Any thread may ask."""
        return instance.digest in self._followed

    def tell_others(self, instance: Instance, entry: Entry) -> None:
        """Tell the other processes, and the other hubs of this one, of an entry that was committed here."""
        if self.groups.layer is None:
            tell_neighbours(self, instance, entry)
        else:
            self.groups.broadcast(instance, entry)

    def hear(self, digest: str, entry: Entry) -> None:
        """Take an entry that another hub of this process has committed. Called on the loop."""
        self.run(self._take(digest, entry))

    async def _take(self, digest: str, entry: Entry) -> None:
        followed = self._followed.get(digest)
        if followed is None:
            return
        try:
            received = followed.receive(entry)
        except DamagedPatch as error:
            logger.error("%s is loaded afresh, because entry %s does not fit: %s", followed, entry.version, error)
            await self.reload(followed)
            return
        if received is Received.FOREIGN or (received is Received.EARLY and followed.is_born):
            await self.catch_up(followed)

    # Tasks

    def is_running_here(self) -> bool:
        """Whether this code runs on the hub's event loop."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def run(self, work: Coroutine[Any, Any, T], *, is_awaited: bool = False) -> asyncio.Task[T]:
        """
        Start a task that the hub owns, so that nobody else's cancellation ends it half-way.

        Args:
            is_awaited: Whoever starts it waits for it.
        """
        return self._tasks.run(work, is_awaited=is_awaited)

    async def shielded(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end even when the caller goes away meanwhile."""
        return await self._tasks.shielded(work)

    async def close(self, drain: float = 0) -> None:
        """Let running work end for at most ``drain`` seconds, then cancel it and leave the channel layer."""
        move_out(self)
        await self.groups.close()
        await self._tasks.close(drain)
        await self.groups.close()
