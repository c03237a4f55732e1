"""Tasks that a hub owns: somebody else's cancellation does not end them half-way, and none is left behind."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextvars import Context
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
        # With what each is called in the log, when it is cut off.
        self._tasks: dict[asyncio.Task[Any], str] = {}

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        """What runs now."""
        return iter(tuple(self._tasks))

    def run(
        self,
        work: Coroutine[Any, Any, T],
        *,
        is_awaited: bool = False,
        what: str = "",
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        """
        Start a task; it is kept until it has ended.

        Args:
            is_awaited: Whoever starts it waits for it; a thread that waits for both lends itself to it.
            what: What the log calls it when a shutdown cuts it off; without, it is not worth a word.
            context: What it runs in; without, a copy of the present one.
        """
        if context is None and not is_awaited:
            context = context_apart()
        task = self._loop.create_task(work, context=context)
        self._tasks[task] = what
        task.add_done_callback(self._tasks.pop)
        return task

    async def shielded(self, work: Coroutine[Any, Any, T], *, what: str = "") -> T:
        """Run ``work`` to its end even when the caller goes away meanwhile; a failure that nobody awaits is logged."""
        task = self.run(work, is_awaited=True, what=what)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_log_failure)
            raise

    async def drain(self, seconds: float) -> list[str]:
        """Let what runs end, and what it starts meanwhile, for at most so many seconds; returns what is left, by name."""
        deadline = self._loop.time() + seconds
        while (running := self._others()) and (left := deadline - self._loop.time()) > 0:
            await asyncio.wait(running, timeout=left)
        return sorted({self._tasks[task] for task in self._others()} - {""})

    async def close(self) -> None:
        """Cancel what runs, and wait until nothing is left."""
        while running := self._others():
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=_CANCEL_AGAIN)

    def _others(self) -> set[asyncio.Task[Any]]:
        return self._tasks.keys() - {asyncio.current_task()}


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
