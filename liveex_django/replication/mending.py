"""Bringing replicas up to date of which something may be missing."""

import asyncio
import logging
from typing import TYPE_CHECKING

from ..exceptions import LogDenied, LogUnreachable, NewerSchema
from .followed import Followed, Phase
from .log import Position

if TYPE_CHECKING:
    from .hub import Hub

logger = logging.getLogger("liveex.replication")


class Mending:
    """
    At most one task per instance, and none when nothing is missing.

    Args:
        hold: How long messages that are on their way are given (s).
    """

    def __init__(self, hub: "Hub", hold: float) -> None:
        self._hub = hub
        self._hold = hold
        # Instances whose log cannot be read; each is reported once, until it can.
        self._quarantined: set[str] = set()

    @property
    def quarantined(self) -> frozenset[str]:
        """Digests of the instances whose log, or whose state in it, cannot be used."""
        return frozenset(self._quarantined)

    def doubt(self, followed: Followed, head: Position | None = None) -> None:
        """
        Something may be missing. It is given a moment to come by itself, then read from the log.

        Args:
            head: Where the log stands, when that is known.
        """
        if followed.mending is not None:
            followed.is_doubted_again = True
        else:
            followed.phase = Phase.SUSPECT
            followed.mending = self._hub.run_apart(self._wait_and_mend(followed, head))

    def begin(self, followed: Followed) -> None:
        """Something is missing, and will not come by itself."""
        if followed.mending is not None:
            followed.is_doubted_again = True
        else:
            followed.mending = self._hub.run_apart(self._mend(followed))

    async def settled(self) -> None:
        """Wait until nothing is being mended. For tests."""
        while tasks := [followed.mending for followed in self._hub.all_followed() if followed.mending is not None]:
            await asyncio.wait(tasks)

    async def _wait_and_mend(self, followed: Followed, head: Position | None) -> None:
        try:
            await asyncio.sleep(self._hold)
        finally:
            followed.mending = None
        if _has_come(followed, head):
            followed.phase = Phase.LIVE
            return
        if head is not None:
            self._hub.metrics.missed += 1
            self._hub.groups.doubt(followed.instance)
        followed.mending = asyncio.current_task()
        await self._mend(followed)

    async def _mend(self, followed: Followed) -> None:
        digest = followed.instance.digest
        followed.phase = Phase.RESYNC
        self._hub.metrics.resyncs += 1
        try:
            followed.is_doubted_again = True
            while followed.is_doubted_again:
                followed.is_doubted_again = False
                # Not while a commit of this process is on its way, which brings what is missing itself.
                async with followed.queue:
                    await self._hub.loading.catch_up(followed)
            followed.phase = Phase.LIVE
            self._quarantined.discard(digest)
        except NewerSchema:
            followed.phase = Phase.SUSPECT  # its pages have been told
        except (LogUnreachable, LogDenied) as error:
            followed.phase = Phase.SUSPECT
            self._hub.condition.degrade(error)
        except Exception as error:  # damage of one instance, whatever it is; the next comparison tries again
            followed.phase = Phase.SUSPECT
            if digest not in self._quarantined:
                self._quarantined.add(digest)
                self._hub.metrics.damaged += 1
                logger.error(
                    "%s cannot be brought up to date; its pages stay as they are: %s", followed, error, exc_info=error
                )
        finally:
            followed.mending = None


def _has_come(followed: Followed, head: Position | None) -> bool:
    """Whether what was missing has arrived by itself."""
    replica = followed.replica
    if replica.has_hole:
        return False
    return head is None or (replica.position.epoch == head.epoch and replica.position.version >= head.version)
