"""
What became of the events of this process, so that one that is sent again is answered and not run again.

A browser sends an event again when the connection broke before the answer came. The ledger knows those that ran here;
of those that run or ran in another process, or here before a restart, the claims of the log know.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from ..replication import Hub
from ..replication.claimant import Claimant
from ..replication.claims import Claim, Ended, EventId, Granted
from .outcomes import UNKNOWN, Outcome, decode

# Events remembered per process. A page has at most 100 without an answer, so this is a hundred pages that come back
# at once; each entry takes a few hundred bytes.
_MOST = 10_000
# How often another process's event is asked after, at first and later (s).
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0

_ledgers: "WeakKeyDictionary[Hub, Ledger]" = WeakKeyDictionary()

Run = Callable[[], Awaitable[Outcome]]


class Ledger:
    """Outcomes by event, the oldest first; None for one that was cut off and may run again."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[EventId, asyncio.Future[Outcome | None]] = OrderedDict()

    async def once(self, event: EventId, run: Run, claimant: Claimant, *, is_idempotent: bool = False) -> Outcome:
        """
        Run the event, or wait for the outcome of the run that there was, or is, in whatever process.

        A run that is cancelled, or whose process has died, leaves ``unknown``: how far it came, nobody can say. An
        idempotent event runs again instead, and wherever no outcome of it is at hand.

        Raises:
            LogError: It could not be claimed, so it was not run.
        """
        pause = _FIRST_PAUSE
        while True:
            known = self._outcomes.get(event)
            if known is not None:
                outcome = await asyncio.shield(known)
                if outcome is not None:
                    return outcome
                continue
            claim = claimant.make_claim(event)
            if is_idempotent:
                return await self._run(claim, run, claimant, is_idempotent=True)
            answer = await claimant.claim(claim)
            if isinstance(answer, Granted):
                return await self._run(claim, run, claimant, is_idempotent=False)
            if isinstance(answer, Ended):
                return decode(answer.outcome)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _run(self, claim: Claim, run: Run, claimant: Claimant, *, is_idempotent: bool) -> Outcome:
        known: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        self._outcomes[claim.event] = known
        if len(self._outcomes) > _MOST:
            self._outcomes.popitem(last=False)
        outcome = UNKNOWN
        try:
            outcome = await run()
        finally:
            if is_idempotent and outcome == UNKNOWN:
                self._outcomes.pop(claim.event, None)
                known.set_result(None)
            else:
                known.set_result(outcome)
                claimant.record(claim, outcome.encode())
        return outcome


def ledger_of(hub: Hub) -> Ledger:
    """The ledger of a hub; it ends with the hub."""
    return _ledgers.setdefault(hub, Ledger())
