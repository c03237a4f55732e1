"""
The end of a hub. First it drains: what runs may end, and nothing new begins. Then it is over: what still runs is cancelled,
and the last that happens is that goodbye is said.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from .tasks import Tasks

logger = logging.getLogger("liveex.replication")

# How long goodbyes may take (s). A browser has to say it as well, and only meanwhile daphne sends what it still has for it;
# autobahn waits 1 s for that, and hangs up.
_GOODBYE = 2.0

Leave = Callable[[], Coroutine[Any, Any, None]]


class Ending:
    """
    Args:
        tasks: What may end.

    Attributes:
        is_draining: Nobody begins anything new.
        is_over: Nothing more is committed.
        goodbyes: What is still said when all else has ended: to browsers, and to the log of what became of events.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, tasks: Tasks) -> None:
        self.is_draining = self.is_over = False
        self.goodbyes = Tasks(loop)
        self._tasks = tasks
        self._leaving: set[Leave] = set()

    def when_draining(self, leave: Leave) -> Callable[[], None]:
        """Have ``leave`` run when the hub begins to drain; now, when it has. Returns what takes that back."""
        if self.is_draining:
            self.goodbyes.run(leave())
        self._leaving.add(leave)
        return lambda: self._leaving.discard(leave)

    def begin(self) -> None:
        """Begin to drain, in this moment."""
        if not self.is_draining:
            self.is_draining = True
            for leave in tuple(self._leaving):
                self.goodbyes.run(leave())

    async def drain(self, seconds: float | None) -> None:
        """
        Let what runs end by itself, for at most so many seconds, and say what is left; then it is over.

        None lets nothing end, and says nothing.
        """
        self.begin()
        if seconds is not None and (late := await self._tasks.drain(seconds)):
            logger.error(
                "These were still running %g s after the shutdown began and are cancelled, so what became of them is "
                "unknown: %s. Raise LIVEEX['DRAIN'] when they need longer.",
                seconds,
                ", ".join(late),
            )
        self.is_over = True

    async def say_goodbye(self, *, is_in_haste: bool) -> None:
        """To be called last, when what was cancelled has ended."""
        if not is_in_haste:
            await self.goodbyes.drain(_GOODBYE)
        await self.goodbyes.close()
