"""
What became of the events of this process, so that one that is sent again is answered and not run again.

A browser sends an event again when the connection broke before the answer came. The ledger knows those that ran here; of
those that ran elsewhere, or before a restart, the commits are still told apart by their ids in the log.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from ..replication import Hub
from .outcomes import UNKNOWN, Outcome

# Events remembered per process. A page has at most 100 without an answer, so this is a hundred pages that come back
# at once; each entry takes a few hundred bytes.
_MOST = 10_000

_ledgers: "WeakKeyDictionary[Hub, Ledger]" = WeakKeyDictionary()


class Ledger:
    """Outcomes by event id, the oldest first."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[str, asyncio.Future[Outcome]] = OrderedDict()

    async def once(self, event_id: str, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """
        Run the event, or wait for the outcome of the run that there was, or is, under this id.

        A run that is cancelled leaves ``unknown``: how far it came, nobody can say.
        """
        known = self._outcomes.get(event_id)
        if known is not None:
            return await asyncio.shield(known)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._outcomes[event_id] = outcome
        if len(self._outcomes) > _MOST:
            self._outcomes.popitem(last=False)
        try:
            outcome.set_result(await run())
        except BaseException:
            outcome.set_result(UNKNOWN)
            raise
        return outcome.result()


def ledger_of(hub: Hub) -> Ledger:
    """The ledger of a hub; it ends with the hub."""
    return _ledgers.setdefault(hub, Ledger())
