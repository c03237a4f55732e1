"""
Several processes over one log in one test: each has a hub and replicas of its own, and between them is a channel layer that
loses, doubles and reorders messages on purpose.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from channels.layers import BaseChannelLayer

from ..replication import Hub, Instance, MemoryMutationLog, MutationLog, Origin, Position
from ..replication.calls import Call
from ..replication.commits import commit
from ..replication.dispatch import dispatch
from ..replication.followed import Followed
from ..replication.timing import Timing
from ..store import Entry, FrozenDict, Store
from .failures import LiveTestFailure, listed
from .fake_layer import FakeChannelLayer
from .tasks import all_begun

Named = str | Callable[..., Any]

# Nothing is waited for but the layer of the test; positions are compared when the test says so.
_TIMING = Timing(check=3600.0, hold=0.0, probe=0.01, rest=0.0, linger=0.0)


class _ProcessLayer(BaseChannelLayer):
    """The cluster's layer as one process has it; remembers the channels that are its own."""

    def __init__(self, layer: FakeChannelLayer) -> None:
        super().__init__()
        self.channels: list[str] = []
        self.is_cut = False
        self._layer = layer

    async def receive(self, channel: str) -> dict[str, Any]:
        return await self._layer.receive(channel)

    async def group_add(self, group: str, channel: str) -> None:
        await self._layer.group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await self._layer.group_discard(group, channel)

    async def new_channel(self, prefix: str = "specific") -> str:
        name = await self._layer.new_channel(prefix)
        self.channels.append(name)
        if self.is_cut:
            self._layer.cut(name)
        return name

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if not self.is_cut:
            await self._layer.group_send(group, message)


class FakeProcess:
    """One process of a :class:`FakeCluster`."""

    def __init__(self, name: str, log: MutationLog, layer: FakeChannelLayer) -> None:
        self.name = name
        self._log = log
        self._shared_layer = layer
        self._followed: dict[Instance, Followed] = {}
        self._start()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def _start(self) -> None:
        self._layer = _ProcessLayer(self._shared_layer)
        self._hub = Hub(self._log, self._layer, _TIMING)

    def at(self, store: Store, key: str = "", user: Any = None) -> "FakeHandle":
        """An instance as this process sees it; from its first use on the process follows it."""
        return FakeHandle(self, Instance(store, key), user)

    def cut(self) -> None:
        """Take the channel layer away: nothing arrives, nothing leaves. The log can still be reached."""
        self._layer.is_cut = True
        for channel in self._layer.channels:
            self._shared_layer.cut(channel)

    def mend(self) -> None:
        """Undo :meth:`cut`; what was lost stays lost."""
        self._layer.is_cut = False
        for channel in self._layer.channels:
            self._shared_layer.mend(channel)

    async def restart(self) -> None:
        """End the process, with everything it knows, and start another one that follows the same instances."""
        instances = list(self._followed)
        await self._stop()
        self._start()
        for instance in instances:
            await self._follow(instance)

    async def _stop(self) -> None:
        """End the process, with everything it knows."""
        self._followed.clear()
        for channel in self._layer.channels:
            self._shared_layer.cut(channel)
        await self._hub.close()

    async def _follow(self, instance: Instance) -> Followed:
        if instance not in self._followed:
            followed = await self._hub.acquire(instance)
            if self._followed.setdefault(instance, followed) is not None and self._followed[instance] is not followed:
                self._hub.release(followed)
        return self._followed[instance]

    async def _compare(self) -> None:
        """What a process does every few seconds: compare its positions with the log's, and read what it lacks."""
        await self._hub.check.run()
        await self._hub.mending.settled()


class FakeHandle:
    """``store.at(key, user)``, in one process of a cluster."""

    def __init__(self, process: FakeProcess, instance: Instance, user: Any) -> None:
        self._process = process
        self._instance = instance
        self._user = user

    async def aget_state(self) -> FrozenDict[str, Any]:
        """The state as this process knows it now, which may be an old one."""
        return (await self._process._follow(self._instance)).replica.state

    async def aget_position(self) -> Position:
        """Where in the log this process is: epoch, version and id of the newest entry it knows."""
        return (await self._process._follow(self._instance)).replica.position

    async def acommit(self, mutation: Named, /, *args: Any, **kwargs: Any) -> Entry:
        """As ``store.at(...).acommit``; raises the same."""
        found = self._instance.store.find_mutation(mutation)
        call = Call(found, found.parameters.bind(args, kwargs))
        followed = await self._process._follow(self._instance)
        return await commit(self._process._hub, followed, [call], Origin(user=self._user), 1)

    async def adispatch(self, action: Named, /, *args: Any, **kwargs: Any) -> Any:
        """As ``store.at(...).adispatch``; raises the same."""
        found = self._instance.store.find_action(action)
        payload = found.parameters.bind(args, kwargs)
        followed = await self._process._follow(self._instance)
        return await dispatch(self._process._hub, followed, found, payload, Origin(user=self._user))


class FakeCluster(Sequence[FakeProcess]):
    """
    Several processes, on the event loop of an async test::

        async with FakeCluster(3, seed=7) as cluster:
            one, two, three = cluster
            await asyncio.gather(one.at(counter).acommit("add", 1), two.at(counter).acommit("add", 2))
            await cluster.settle()
            cluster.assert_converged(counter)

    Args:
        size: How many processes.
        seed: Decides what becomes of which message; the same seed and the same commits give the same again.
        lose, double, delay: How likely a message is lost, arrives twice, or is overtaken, from 0 to 1, for each receiver.
        log: Where entries are kept; a new one in memory by default.
    """

    def __init__(
        self,
        size: int = 2,
        *,
        seed: int = 0,
        lose: float = 0.2,
        double: float = 0.2,
        delay: float = 0.3,
        log: MutationLog | None = None,
    ) -> None:
        self.log = log if log is not None else MemoryMutationLog()
        self.layer = FakeChannelLayer(seed=seed, lose=lose, double=double, delay=delay)
        self._size = size
        self._processes: list[FakeProcess] = []

    async def __aenter__(self) -> "FakeCluster":
        self._processes = [
            FakeProcess(f"process {number}", self.log, self.layer) for number in range(1, self._size + 1)
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        for process in self._processes:
            await process._stop()

    def __len__(self) -> int:
        return len(self._processes)

    def __getitem__(self, number: Any) -> Any:
        return self._processes[number]

    def __iter__(self) -> Iterator[FakeProcess]:
        return iter(self._processes)

    async def deliver(self) -> None:
        """Deliver what is on its way, and wait until every process has taken it. What was lost stays lost."""
        await all_begun()
        self.layer.deliver()
        for process in self._processes:
            await self.layer.received(process._layer.channels)
            await process._hub.mending.settled()

    async def settle(self) -> None:
        """Deliver what is on its way, then let every process compare its positions with the log, as it does regularly."""
        await self.deliver()
        await asyncio.gather(*(process._compare() for process in self._processes))

    def assert_converged(self, store: Store, key: str = "") -> FrozenDict[str, Any]:
        """
        Every process that follows an instance is at the same position and has the same state; returns it.

        Raises:
            LiveTestFailure: They differ, or nobody follows it; lists what each of them has.
        """
        instance = Instance(store, key)
        replicas = [
            (process, process._followed[instance].replica)
            for process in self._processes
            if instance in process._followed
        ]
        found = {(replica.position, replica.state) for _, replica in replicas}
        if len(found) != 1:
            lines = (f"{process.name}: {replica.position} {replica.state}" for process, replica in replicas)
            raise LiveTestFailure(f"The processes do not agree about {instance}:{listed(lines, ' none follows it.')}")
        return replicas[0][1].state
