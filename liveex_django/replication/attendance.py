"""Who answered a roll call, and what: the end that asks."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ..exceptions import DamagedEntry
from .hub import Hub
from .roll_call_messages import CALL, Answer, Call, Holding, ProcessFacts, pack, topic_of_answers, unpack_answer

logger = logging.getLogger("liveex.replication")


class Member:
    """
    What one hub has answered so far.

    Attributes:
        hub: Its id.
        process: Where it is; None while that part of the answer has not come.
    """

    def __init__(self, hub: str) -> None:
        self.hub = hub
        self.process: ProcessFacts | None = None
        self._parts: dict[int, tuple[Holding, ...]] = {}
        self._number: int | None = None

    def take(self, answer: Answer) -> None:
        """Add a part; what came before stays."""
        self._parts.setdefault(answer.part, answer.holdings)
        self.process = self.process or answer.process
        if answer.is_last:
            self._number = answer.part + 1

    @property
    def is_complete(self) -> bool:
        """Whether every part has come."""
        return self.process is not None and self._number is not None and len(self._parts) >= self._number

    @property
    def holdings(self) -> Iterator[Holding]:
        """What it follows, as far as it has come."""
        for part in sorted(self._parts):
            yield from self._parts[part]


class Attendance:
    """
    What came back from one call.

    Attributes:
        unreadable: Answers that could not be read.
    """

    def __init__(self, call: Call) -> None:
        self.unreadable = 0
        self._call = call
        self._members: dict[str, Member] = {}

    def __iter__(self) -> Iterator[Member]:
        """Those who answered, by host and process."""
        return iter(sorted(self._members.values(), key=_place))

    def __len__(self) -> int:
        return len(self._members)

    @property
    def complete(self) -> frozenset[str]:
        """The ids of the hubs of which every part has come."""
        return frozenset(member.hub for member in self._members.values() if member.is_complete)

    def holdings(self) -> Iterator[tuple[Member, Holding]]:
        """What each of them follows."""
        for member in self:
            for holding in member.holdings:
                yield member, holding

    def take(self, content: Mapping[str, Any]) -> None:
        """Add what was announced, whoever did."""
        try:
            answer = unpack_answer(content)
        except DamagedEntry as error:
            self.unreadable += 1
            logger.debug("An answer to the roll call was dropped: %s", error)
            return
        if answer.call == self._call.id:
            self._members.setdefault(answer.hub, Member(answer.hub)).take(answer)


def _place(member: Member) -> tuple[Any, ...]:
    process = member.process
    return (process is None, process.host if process else "", process.pid if process else 0, member.hub)


async def call_roll(
    hub: Hub, wait: float, is_enough: Callable[[Attendance], bool] = lambda _: False, instances: Sequence[str] = ()
) -> Attendance:
    """
    Ask all hubs that follow something who they are. ``hub`` itself does not answer.

    Args:
        wait: Seconds for the answers.
        is_enough: Looked at after each answer: nothing more is waited for.
        instances: Digests: only where these stand; at most ``MOST_ASKED``.
    """
    call = Call(uuid4().hex, tuple(instances))
    attendance = Attendance(call)
    is_done = asyncio.Event()

    def take(content: Mapping[str, Any]) -> None:
        attendance.take(content)
        if is_enough(attendance):
            is_done.set()

    await hub.announcements.listen(topic_of_answers(call.id), take, is_private=True)
    hub.announcements.announce(CALL, pack(call))
    with suppress(TimeoutError):
        await asyncio.wait_for(is_done.wait(), wait)
    return attendance
