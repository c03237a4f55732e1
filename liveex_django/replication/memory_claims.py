"""Claims in this process's memory, for the log that is there too."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from .claims import KEPT_EVENTS, LEASE, Answer, Claim, Claims, Ended, EventId, Granted, Running

# Events that are remembered, at least; a hundred pages that come back at once have as many. Each takes a few hundred bytes.
_MOST_EVENTS = 10_000


@dataclass(slots=True)
class _Lease:
    """Who runs an event, and until when by our clock that is believed."""

    claimant: str
    until: float


@dataclass(slots=True)
class _Sender:
    newest: int = 0
    events: dict[int, _Lease | Ended] = field(default_factory=dict)


class MemoryClaims(Claims):
    """
    Keeps the events of those senders that were heard of last, behind a lock.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Least recently heard of first.
        self._senders: OrderedDict[str, _Sender] = OrderedDict()
        self._number = 0

    async def claim(self, claims: Sequence[Claim]) -> Sequence[Answer]:
        with self._lock:
            return [self._claim(claim) for claim in claims]

    async def record(self, outcomes: Mapping[Claim, bytes]) -> None:
        with self._lock:
            for claim, outcome in outcomes.items():
                known = self._known(claim.event)
                if known is None or (isinstance(known, _Lease) and known.claimant == claim.claimant):
                    self._keep(claim.event, Ended(outcome))

    def clear(self) -> None:
        """Forget everything, as a stopped process does. For tests."""
        with self._lock:
            self._senders.clear()
            self._number = 0

    def _claim(self, claim: Claim) -> Answer:
        known, now = self._known(claim.event), self._clock()
        if isinstance(known, Ended):
            return known
        if known is not None and known.claimant != claim.claimant:
            if now < known.until:
                return Running()
            self._keep(claim.event, Ended(None))
            return Ended(None)
        self._keep(claim.event, _Lease(claim.claimant, now + LEASE))
        return Granted()

    def _known(self, event: EventId) -> _Lease | Ended | None:
        sender = self._senders.get(event.sender)
        if sender is None:
            return None
        known = sender.events.get(event.seq)
        return Ended(None) if known is None and event.seq <= sender.newest - KEPT_EVENTS else known

    def _keep(self, event: EventId, what: _Lease | Ended) -> None:
        sender = self._senders.setdefault(event.sender, _Sender())
        self._senders.move_to_end(event.sender)
        self._number += event.seq not in sender.events
        sender.events[event.seq] = what
        sender.newest = max(sender.newest, event.seq)
        if len(sender.events) > KEPT_EVENTS:
            for seq in [seq for seq in sender.events if seq <= sender.newest - KEPT_EVENTS]:
                del sender.events[seq]
                self._number -= 1
        while self._number > _MOST_EVENTS:
            self._number -= len(self._senders.popitem(last=False)[1].events)
