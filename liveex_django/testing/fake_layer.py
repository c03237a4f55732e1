"""A channel layer as bad as a real one can be: it loses, doubles and reorders, the same way for the same seed."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from channels.layers import BaseChannelLayer

# How many later messages a delayed one may let pass.
_LONGEST_DELAY = 5


class FakeChannelLayer(BaseChannelLayer):
    """
    For group messages among processes of one test.

    Args:
        seed: Decides all that follows.
        lose, double, delay: How likely, from 0 to 1, it is that a message does not arrive at one of its receivers, that it
            arrives twice, and that later ones overtake it.
    """

    def __init__(self, *, seed: int = 0, lose: float = 0.0, double: float = 0.0, delay: float = 0.0) -> None:
        super().__init__()
        self.lose, self.double, self.delay = lose, double, delay
        self._random = random.Random(seed)  # noqa: S311 - must repeat itself
        self._groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        # Channels whose receiver has a message in hand.
        self._busy: set[str] = set()
        self._cut: set[str] = set()
        # Messages on their way: how many later ones they let pass, the channel, the message.
        self._on_the_way: list[tuple[int, str, dict[str, Any]]] = []

    # What a channel layer has

    async def new_channel(self, prefix: str = "specific") -> str:
        name = f"{prefix}.fake!{len(self._queues)}"
        self._queues[name] = asyncio.Queue()
        return name

    async def receive(self, channel: str) -> dict[str, Any]:
        if channel in self._busy:
            self._queues[channel].task_done()
            self._busy.discard(channel)
        message = await self._queues[channel].get()
        self._busy.add(channel)
        return message

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        self._post(channel, message)

    async def group_add(self, group: str, channel: str) -> None:
        self._groups[group][channel] = None

    async def group_discard(self, group: str, channel: str) -> None:
        self._groups[group].pop(channel, None)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if message.get("type") == "liveex.probe":
            # A hub waits for it before it reads the log, so its fate decides over nothing but the time a test takes.
            for channel in tuple(self._groups[group]):
                self._arrive(channel, message)
            return
        self._let_pass()
        for channel in tuple(self._groups[group]):
            self._post(channel, message)

    # What a test does with it

    def cut(self, channel: str) -> None:
        """From now on nothing arrives at a channel; what was on its way is lost."""
        self._cut.add(channel)

    def mend(self, channel: str) -> None:
        """Undo :meth:`cut`."""
        self._cut.discard(channel)

    def deliver(self) -> None:
        """Deliver everything that is on its way, in whatever order."""
        waiting, self._on_the_way = self._on_the_way, []
        self._random.shuffle(waiting)
        for _, channel, message in waiting:
            self._arrive(channel, message)

    async def received(self, channels: Iterable[str]) -> None:
        """Wait until what has arrived at these channels has been received, and its receiver has come back for more."""
        for channel in channels:
            await self._queues[channel].join()

    def _post(self, channel: str, message: dict[str, Any]) -> None:
        copies = 0 if self._random.random() < self.lose else 2 if self._random.random() < self.double else 1
        for _ in range(copies):
            if self._random.random() < self.delay:
                self._on_the_way.append((self._random.randint(1, _LONGEST_DELAY), channel, message))
            else:
                self._arrive(channel, message)

    def _let_pass(self) -> None:
        """One more message is sent: those that have waited long enough arrive."""
        waiting, self._on_the_way = self._on_the_way, []
        for left, channel, message in waiting:
            if left > 1:
                self._on_the_way.append((left - 1, channel, message))
            else:
                self._arrive(channel, message)

    def _arrive(self, channel: str, message: dict[str, Any]) -> None:
        if channel not in self._cut:
            self._queues[channel].put_nowait(dict(message))
