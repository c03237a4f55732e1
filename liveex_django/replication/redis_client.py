"""Runs the log's operations on the connections of the running event loop, until their outcome is known."""

import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

from .redis_address import Address
from .redis_attempts import Attempts, Patience
from .redis_connections import LoopConnections
from .redis_errors import Failure
from .redis_operations import Answers, Ask, Pause, Steps
from .redis_server_check import ServerCheck

T = TypeVar("T")


class RedisClient:
    """
    For all event loops of a process, one after another or at once: each has connections of its own.

    Args:
        connections: Most that one event loop has open.
    """

    def __init__(self, address: Address, patience: Patience, connections: int) -> None:
        self.address = address
        self._patience = patience
        self._most = connections
        self._check = ServerCheck(address.text)
        self._lock = threading.Lock()
        self._loops: dict[asyncio.AbstractEventLoop, LoopConnections] = {}

    async def perform(self, steps: Steps[T]) -> T:
        """
        Run an operation to its end, even when the caller is cancelled meanwhile: a commit that is on its way to Redis
        cannot be called back.
        """
        connections = await self._of_this_loop()
        return await connections.tasks.shielded(self._perform(connections, steps))

    async def close(self) -> None:
        """Close the connections of the running event loop. Others close with their loops."""
        connections = self._forget(asyncio.get_running_loop())
        if connections is not None:
            await connections.close()

    def _forget(self, loop: asyncio.AbstractEventLoop) -> LoopConnections | None:
        with self._lock:
            return self._loops.pop(loop, None)

    async def _perform(self, connections: LoopConnections, steps: Steps[T]) -> T:
        answers: Any = None  # a generator is started with None
        try:
            while True:
                step = steps.send(answers)
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    answers = None
                else:
                    answers = await self._ask(connections, step)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _ask(self, connections: LoopConnections, asks: tuple[Ask, ...]) -> Answers:
        attempts = Attempts(asks, self._patience)
        while True:
            try:
                replies: Sequence[Any] = await connections.ask(asks)
                return Answers(replies, attempts.may_have_run)
            except Failure as failure:
                pause = attempts.fail(failure)
            await asyncio.sleep(pause)

    async def _of_this_loop(self) -> LoopConnections:
        loop = asyncio.get_running_loop()
        connections = self._loops.get(loop)
        if connections is None:
            connections = LoopConnections(
                self.address,
                self._check,
                most=self._most,
                timeout=self._patience.answer,
                closed=partial(self._forget, loop),
            )
            with self._lock:
                # Loops that ended without closing what they had took their sockets with them.
                for other in [other for other in self._loops if other.is_closed()]:
                    del self._loops[other]
                self._loops[loop] = connections
            await connections.open()
        return connections
