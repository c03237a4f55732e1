"""Tasks that a hub owns: somebody else's cancellation does not end them half-way, and none is left behind."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from ..exceptions import LiveExError, Reject
from .threads import context_apart

logger = logging.getLogger("liveex.replication")
T = TypeVar("T")

# Libraries swallow a cancellation now and then, asyncio.wait_for of Python 3.11 among them; it is repeated after (s).
_CANCEL_AGAIN = 1.0


class Tasks:
    """The tasks of one hub, on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._tasks: set[asyncio.Task[Any]] = set()

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        """What runs now."""
        return iter(tuple(self._tasks))

    def run(self, work: Coroutine[Any, Any, T], *, is_awaited: bool = False) -> asyncio.Task[T]:
        """
        Start a task; it is kept until it has ended.

        Args:
            is_awaited: Whoever starts it waits for it; a thread that waits for both lends itself to it.
        """
        task = self._loop.create_task(work, context=None if is_awaited else context_apart())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def shielded(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end even when the caller goes away meanwhile; a failure that nobody awaits is logged."""
        task = self.run(work, is_awaited=True)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_failure)
            raise

    async def close(self, drain: float) -> None:
        """Let what runs end for at most ``drain`` seconds, cancel the rest, and wait until nothing is left."""
        running = self._others()
        if running and drain:
            _, late = await asyncio.wait(running, timeout=drain)
            if late:
                logger.error(
                    "%d actions or commits were still running %g s after the shutdown began and were cancelled; what "
                    "became of them is unknown. Raise LIVEEX['DRAIN'] when they need longer.",
                    len(late),
                    drain,
                )
        while running := self._others():
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=_CANCEL_AGAIN)

    def _others(self) -> set[asyncio.Task[Any]]:
        return self._tasks - {asyncio.current_task()}


async def to_its_end(task: asyncio.Task[T]) -> T:
    """
    Wait for a task that must not be cut in half. A cancellation of the caller is kept back until it has ended.

    Raises:
        asyncio.CancelledError: The caller was cancelled meanwhile, or the task itself was; otherwise what it raised.
    """
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                continue
        if not task.cancelled():
            task.exception()  # Seen, so that asyncio does not complain of it: the caller has gone.
        raise


def _log_failure(task: "asyncio.Task[Any]") -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, LiveExError):
        # A refusal that nobody reads is nobody's mistake.
        level = logging.INFO if isinstance(error, Reject) else logging.WARNING
        logger.log(level, "Nobody waited any longer for what ended with %s: %s", type(error).__name__, error)
    elif error is not None:
        logger.error("Nobody waited any longer for what failed here.", exc_info=error)
