"""
What became of events, so that one that is sent again is answered and not run again, whichever process it comes to.

An event is **claimed** before it is run. Whoever claims it then waits for its outcome, which is **recorded** at the end. A
claim holds for ten seconds and is renewed by whoever runs the event; when that process dies the claim runs out, and the
event is **lost**: nobody knows how far it came, so it is not run again.

Every implementation passes ``tests/replication/claims_conformance.py``.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# How long a claim holds that nobody renews (s). A process that does nothing for so long counts as dead.
LEASE = 10.0
# Events of one sender that are known. A page has at most a hundred without an answer, so what is older is never asked for.
KEPT_EVENTS = 512


@dataclass(frozen=True, slots=True)
class EventId:
    """
    The ``seq``-th event of a sender. As text it is what the ids of its commits begin with.

    Attributes:
        sender: ``"<page key>.<client>"``, both of letters and digits.
    """

    sender: str
    seq: int

    def __str__(self) -> str:
        return f"{self.sender}.{self.seq}"

    @property
    def digest(self) -> str:
        """40 hex digits that name the sender."""
        return hashlib.blake2b(self.sender.encode(), digest_size=20).hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """One who wants to run an event. ``claimant`` names this attempt and no other."""

    event: EventId
    claimant: str


@dataclass(frozen=True, slots=True)
class Granted:
    """The event is the claimant's to run."""


@dataclass(frozen=True, slots=True)
class Running:
    """Somebody else runs it, as far as is known."""


@dataclass(frozen=True, slots=True)
class Ended:
    """It was run. ``outcome`` is what was recorded; None when it was lost, or is older than what is known."""

    outcome: bytes | None


Answer = Granted | Running | Ended


class Claims(ABC):
    """Where claims and outcomes are kept. All methods are safe to call at once from several tasks and threads."""

    @abstractmethod
    async def claim(self, claims: Sequence[Claim]) -> Sequence[Answer]:
        """
        Claim events, in one round trip, for :data:`LEASE` from now on. Asking again with the same claim renews it.

        A claim that has run out is recorded as lost, so that everybody gets the same answer from then on.
        """

    @abstractmethod
    async def record(self, outcomes: Mapping[Claim, bytes]) -> None:
        """
        Say what became of events, claimed or not.

        The first outcome of an event stays, a loss included: somebody may have been told of it. So does another's claim.
        """
