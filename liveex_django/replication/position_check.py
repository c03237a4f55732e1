"""
The regular comparison of all positions with the log: whatever a channel layer loses, nobody is behind for longer.
"""

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from ..exceptions import LogError
from .followed import Followed, Phase
from .log import Position

if TYPE_CHECKING:
    from .hub import Hub

logger = logging.getLogger("liveex.replication")

# How often it looks whether it is time (s). A wake-up that comes later than twice that shows that the process stood still.
_TICK = 1.0


class PositionCheck:
    """
    Runs from the first instance that a hub follows until the hub is closed.

    Args:
        interval: Between two comparisons, give or take 20 %, so that processes do not ask all at once (s).
        renew: Between two renewals of the hub's memberships (s).
    """

    def __init__(self, hub: "Hub", interval: float, renew: float) -> None:
        self._hub = hub
        self._interval = interval
        self._renew = renew
        self._tick = min(_TICK, interval)
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._expected = self._due = self._renew_at = 0.0
        self._is_closed = False

    def start(self) -> None:
        """Begin, unless it has."""
        if self._timer is None and not self._is_closed:
            now = self._hub.loop.time()
            self._renew_at = now + self._renew
            self._plan(now)
            self._wait(now)

    def stop(self) -> None:
        """End for ever."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()

    def soon(self) -> None:
        """Compare at once: there is a reason to."""
        self._due = 0.0
        if self._timer is not None and self._running is None and not self._is_closed:
            self._begin()

    async def run(self) -> None:
        """Compare now, in one round trip."""
        hub = self._hub
        followed = [each for each in hub.all_followed() if each.is_loaded and each.newer_schema is None]
        asked = [each.replica.position for each in followed]
        try:
            heads = await hub.log.heads([each.instance for each in followed])
        except LogError as error:
            hub.metrics.failed_checks += 1
            hub.condition.degrade(error)
            return
        hub.metrics.checks += 1
        hub.condition.mend()
        for each, before, head in zip(followed, asked, heads, strict=True):
            self._compare(each, before, head)
        await hub.groups.sound()

    def _compare(self, followed: Followed, before: Position, head: Position | None) -> None:
        """``before`` is where the replica stood when the log was asked."""
        if head == followed.replica.position:
            if followed.phase is Phase.SUSPECT and followed.mending is None and not followed.replica.has_hole:
                followed.phase = Phase.LIVE
        elif head is None:
            # A page's instance that nobody has written to is not in the log, and need not be.
            if followed.is_born:
                self._hub.mending.begin(followed)
        elif head.epoch == before.epoch and head.version > before.version:
            self._hub.mending.doubt(followed, head)
        elif head != before:
            # The log has less than it had, or something else.
            self._hub.mending.begin(followed)

    def _wait(self, now: float) -> None:
        self._expected = now + self._tick
        self._timer = self._hub.loop.call_later(self._tick, self._look)

    def _look(self) -> None:
        now = self._hub.loop.time()
        if now - self._expected > self._tick:
            logger.warning("This process stood still for %.1f s, and compares its positions now.", now - self._expected)
            self._due = 0.0
        if now >= self._renew_at:
            self._renew_at = now + self._renew
            self._hub.groups.renew()
        if now >= self._due and self._running is None:
            self._begin()
        self._wait(now)

    def _begin(self) -> None:
        self._running = self._hub.run_apart(self._run_once())

    async def _run_once(self) -> None:
        try:
            await self.run()
        finally:
            self._running = None
            now = self._hub.loop.time()
            if self._hub.condition.is_degraded:
                self._due = now + self._tick
            else:
                self._plan(now)

    def _plan(self, now: float) -> None:
        self._due = now + self._interval * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
