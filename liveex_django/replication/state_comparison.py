"""The states that hubs have of one instance, compared with each other: at the same position they are equal, always."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .attendance import Attendance, Member
from .log import Position
from .roll_call_messages import Holding


@dataclass(frozen=True, slots=True)
class Split:
    """An instance with different states at one position. ``hubs``: their ids, for each of the states."""

    digest: str
    store: str
    hubs: Sequence[Sequence[str]]


class StateComparison:
    """Of all that was answered to one call or several."""

    def __init__(self, attendances: Iterable[Attendance]) -> None:
        self._stores: dict[str, str] = {}
        self._followers: defaultdict[str, set[str]] = defaultdict(set)
        # By instance and position: who has which state.
        self._states: defaultdict[tuple[str, Position], defaultdict[str, set[str]]]
        self._states = defaultdict(lambda: defaultdict(set))
        for attendance in attendances:
            for member, holding in attendance.holdings():
                self._add(member, holding)
        # By instance: as many of its followers as were seen at one position, with their states.
        self._compared: defaultdict[str, int] = defaultdict(int)
        for (digest, _), states in self._states.items():
            hubs = set[str]().union(*states.values())
            self._compared[digest] = max(self._compared[digest], len(hubs))

    def _add(self, member: Member, holding: Holding) -> None:
        self._stores.setdefault(holding.digest, holding.store)
        self._followers[holding.digest].add(member.hub)
        if holding.state is not None:
            self._states[holding.digest, holding.position][holding.state].add(member.hub)

    @property
    def splits(self) -> list[Split]:
        """What must never be."""
        return [
            Split(digest, self._stores[digest], [sorted(hubs) for hubs in states.values()])
            for (digest, _), states in self._states.items()
            if len(states) > 1
        ]

    @property
    def compared(self) -> list[str]:
        """The digests of instances that several hubs follow, and all of them were compared."""
        return [digest for digest in self._shared() if self._is_compared(digest)]

    @property
    def uncompared(self) -> list[str]:
        """Those of which they were not all seen at one position, with their states."""
        return [digest for digest in self._shared() if not self._is_compared(digest)]

    def _shared(self) -> list[str]:
        return [digest for digest, hubs in self._followers.items() if len(hubs) > 1]

    def _is_compared(self, digest: str) -> bool:
        return self._compared[digest] == len(self._followers[digest])
