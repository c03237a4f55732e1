"""
The hub: one per process that serves pages. Keeps the replicas, listens to the channel layer, fans out.

The channel layer says *when* something changed, the log says *what*: a message that is lost, doubled or out of
order costs at most a read of the log.
"""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

from channels.layers import BaseChannelLayer

from ..exceptions import DamagedEntry, DamagedPatch, Reject
from ..store import Entry, FrozenDict
from ..store.codec import decode_entry, encode_entry
from ..store.patches import apply_patches
from .followed import Followed
from .instance import Instance
from .log import MutationLog, Position, Snapshot
from .replica import Received
from .store_subscribers import StoreSubscribers
from .threads import run_in_thread

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
        self.layer = layer
        self._followed: dict[str, Followed] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._membership = asyncio.Lock()
        self._channel: str | None = None
        self._listener: asyncio.Task[None] | None = None

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
        """Follow an instance, with the newest state when this returns. Pair with :meth:`release`."""
        followed = self._followed.get(instance.digest)
        if followed is None:
            followed = self._followed[instance.digest] = Followed(instance)
            followed.subscribe(StoreSubscribers(instance.store, self.run))
            followed.ready = self.run(self._begin(followed))
        followed.holders += 1
        try:
            assert followed.ready is not None
            await asyncio.shield(followed.ready)
        except BaseException:
            self.release(followed)
            raise
        return followed

    def release(self, followed: Followed) -> None:
        """Give back what :meth:`acquire` returned."""
        followed.holders -= 1
        if not followed.holders and self._followed.get(followed.instance.digest) is followed:
            del self._followed[followed.instance.digest]
            if self._is_grouped(followed.instance):
                self.run(self._leave(followed.instance))

    async def _begin(self, followed: Followed) -> None:
        instance = followed.instance
        if self._is_grouped(instance):
            await self._join(instance)
        loaded = await self.log.load(instance)
        if loaded is None:
            state = await self.initial_state(instance)
            if instance.store.scope == "page":
                followed.load(Snapshot(UNBORN, state, instance.store.schema), (), is_born=False)
                return
            loaded = await self.log.create(instance, state)
        followed.load(*loaded, is_born=True)

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
        """What the store's ``state=`` gives now, checked and frozen."""
        store = instance.store
        if not callable(store.initial):
            return store.check_initial(store.initial)
        if inspect.iscoroutinefunction(store.initial):
            return store.check_initial(await store.initial())
        return store.check_initial(await run_in_thread(store.initial))

    async def state_at(self, followed: Followed, version: int) -> FrozenDict[str, Any]:
        """
        The state at an earlier version, made by undoing the entries since.

        Raises:
            Reject: There was no such version, or its entries are no longer kept.
        """
        state, newest = followed.replica.state, followed.replica.position.version
        if not 0 <= version <= newest:
            raise Reject(f"There is no version {version}; the newest is {newest}.")
        entries = [entry for entry in await self.log.history(followed.instance, newest) if entry.version > version]
        if len(entries) != newest - version:
            raise Reject(f"Version {version} can no longer be restored: entries since then have been trimmed.")
        for entry in reversed(entries):
            state = apply_patches(state, entry.inverse)
        return state

    # The channel layer

    async def broadcast(self, instance: Instance, entry: Entry) -> None:
        """Tell the other processes; a layer that cannot is not the commit's failure, since they can read the log."""
        if not self._is_grouped(instance):
            return
        assert self.layer is not None
        message = {"type": "liveex.entry", "hub": self.id, "instance": instance.digest, "entry": encode_entry(entry)}
        try:
            await self.layer.group_send(instance.group, message)
        except Exception:  # whatever a layer raises when its server is away
            logger.exception("The channel layer did not take entry %s of %s.", entry.version, instance)

    def _is_grouped(self, instance: Instance) -> bool:
        return self.layer is not None and instance.store.scope != "page"

    async def _join(self, instance: Instance) -> None:
        assert self.layer is not None
        async with self._membership:
            if self._channel is None:
                self._channel = await self.layer.new_channel("liveex")  # type: ignore[call-arg]  # every layer takes a prefix
                self._listener = self.run(self._listen(self._channel))
            await self.layer.group_add(instance.group, self._channel)

    async def _leave(self, instance: Instance) -> None:
        assert self.layer is not None
        async with self._membership:
            if instance.digest not in self._followed and self._channel is not None:
                await self.layer.group_discard(instance.group, self._channel)

    async def _listen(self, channel: str) -> None:
        assert self.layer is not None
        while True:
            message = await self.layer.receive(channel)
            try:
                await self._hear(message)
            except (DamagedEntry, DamagedPatch, KeyError, TypeError) as error:
                logger.error("A message on the channel layer is not an entry of ours and was dropped: %s", error)

    async def _hear(self, message: dict[str, Any]) -> None:
        followed = self._followed.get(message["instance"])
        if followed is None or message["hub"] == self.id:
            return
        received = followed.receive(decode_entry(message["entry"]))
        if received is Received.FOREIGN or (received is Received.EARLY and followed.is_born):
            await self.catch_up(followed)

    # Tasks

    def run(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that the hub owns, so that nobody else's cancellation ends it half-way."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def shielded(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end even when the caller goes away meanwhile."""
        return await asyncio.shield(self.run(work))

    async def close(self, drain: float = 0) -> None:
        """Let running work end for at most ``drain`` seconds, then cancel it and leave the channel layer."""
        if self._listener is not None:
            self._listener.cancel()
        running = self._tasks - {self._listener, asyncio.current_task()}
        if running and drain:
            await asyncio.wait(running, timeout=drain)
        for task in tuple(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(*self._tasks - {asyncio.current_task()}, return_exceptions=True)
