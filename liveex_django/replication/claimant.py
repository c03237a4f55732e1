"""A hub as one who claims events: renews its claims while they run, and records what became of them."""

import asyncio
import logging
from uuid import uuid4

from ..exceptions import LogError
from .claims import Answer, Claim, Claims, EventId, Granted
from .tasks import Tasks

logger = logging.getLogger("liveex.replication")

# Three tries within the time that a claim holds (s). Most events are at their end before the first.
_RENEWAL = 3.0
# How long to wait before a log that did not take outcomes is asked again (s).
_PAUSE = 1.0
# Outcomes in one round trip.
_BATCH = 100
# Outcomes that may wait for a log that is away. While it is, no event can be claimed, so few can end.
_MOST_WAITING = 10_000


class Claimant:
    """
    Of one hub, on its event loop.

    An outcome is recorded in the background: the browser has its answer by then, and does not ask again. When the log
    cannot be reached it is tried until it can be, or the hub ends.
    """

    def __init__(self, claims: Claims, hub_id: str, tasks: Tasks) -> None:
        self._claims = claims
        self._hub_id = hub_id
        self._tasks = tasks
        self._running: set[Claim] = set()
        self._ended: dict[Claim, bytes] = {}
        self._renewing: asyncio.TimerHandle | None = None
        self._recording: asyncio.Task[None] | None = None

    def make_claim(self, event: EventId) -> Claim:
        """A claim that nobody else makes; it is nothing to others until :meth:`claim`."""
        return Claim(event, f"{self._hub_id}.{uuid4().hex}")

    async def claim(self, claim: Claim) -> Answer:
        """
        Ask for an event. One that is granted is renewed until :meth:`record`.

        Raises:
            LogError: Nobody knows whether it is claimed; it is not to be run.
        """
        (answer,) = await self._claims.claim([claim])
        if isinstance(answer, Granted):
            self._running.add(claim)
            self._plan_renewal()
        return answer

    def record(self, claim: Claim, outcome: bytes) -> None:
        """Say what became of an event that was run; returns at once."""
        self._running.discard(claim)
        self._ended[claim] = outcome
        if len(self._ended) > _MOST_WAITING:
            del self._ended[next(iter(self._ended))]
        if self._recording is None:
            self._recording = self._tasks.run(self._record())

    async def _record(self) -> None:
        try:
            while self._ended:
                batch = dict(list(self._ended.items())[:_BATCH])
                try:
                    await self._claims.record(batch)
                except LogError as error:
                    logger.warning("What became of %d events could not be recorded yet: %s", len(self._ended), error)
                    await asyncio.sleep(_PAUSE)
                else:
                    for claim in batch:
                        self._ended.pop(claim, None)
        finally:
            self._recording = None

    def _plan_renewal(self) -> None:
        if self._renewing is None:
            self._renewing = asyncio.get_running_loop().call_later(_RENEWAL, self._renew_due)

    def _renew_due(self) -> None:
        self._renewing = None
        if self._running:
            self._tasks.run(self._renew())

    async def _renew(self) -> None:
        try:
            await self._claims.claim(list(self._running))
        except LogError as error:
            logger.warning("%d events that run could not be renewed: %s", len(self._running), error)
        finally:
            if self._running:
                self._plan_renewal()
