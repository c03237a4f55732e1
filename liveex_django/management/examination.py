"""The examination of a log in Redis and of all that share it, in the order in which one thing depends on another."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from channels.exceptions import InvalidChannelLayerError
from channels.layers import get_channel_layer

from ..exceptions import LogError
from ..replication.attendance import Attendance, call_roll
from ..replication.comparison import find_differences, find_lasting
from ..replication.hub import Hub
from ..replication.layer_hosts import host_of
from ..replication.redis_address import parse_address
from ..replication.redis_log import RedisMutationLog
from ..replication.redis_observer import RedisObserver
from ..replication.roll_call_messages import MOST_ASKED
from ..replication.state_comparison import StateComparison
from ..replication.timing import Timing
from .comparison_findings import look_at_positions, look_at_states
from .findings import Finding, Level, Section, error, listed, numbered, warning
from .layer_findings import look_at_layer, look_at_round_trip, reaches_others
from .process_findings import look_at_processes, name_all, table_of
from .redis_findings import look_at_server

# A message that has not come back by then will not; commits are compared by nobody here (s).
_TIMING = Timing(check=3600.0, probe=2.0)
# What is on its way has arrived by then (s).
_MOMENT = 1.0
# Instances that are asked for again for their states alone; as many as a process encodes for one answer.
_MOST_STATES = 200


class Examination:
    """
    Args:
        layer: The default one of ``CHANNEL_LAYERS``.
        wait: Seconds for the answers of other processes.
        expected: How many there should be, when somebody knows; when they have answered, no others are waited for.

    Attributes:
        sections: What was found, as far as it has come.
        attendance: Who answered; None when nobody could be asked.
    """

    def __init__(self, log: RedisMutationLog, layer: Mapping[str, Any], wait: float, expected: int | None) -> None:
        self.sections: list[Section] = []
        self.attendance: Attendance | None = None
        self._log = log
        self._layer = layer
        self._wait = wait
        self._expected = expected

    async def run(self) -> None:
        """Look at everything that can be reached."""
        observer = self._log.observer()
        try:
            is_there = await self._look_at_server(observer)
            async with self._reachable(observer, is_there) as hub:
                if hub is not None:
                    await self._look_at_processes(hub, observer if is_there else None)
        finally:
            await observer.close()
            await self._log.close()

    async def _look_at_server(self, observer: RedisObserver) -> bool:
        """Whether it answers."""
        findings: list[Finding] = []
        self.sections.append(Section("Redis of the log", findings))
        try:
            findings += look_at_server(observer.address.text, await observer.facts())
        except LogError as failure:
            findings.append(error(str(failure)))
            return False
        return True

    @asynccontextmanager
    async def _reachable(self, observer: RedisObserver, is_there: bool) -> AsyncIterator[Hub | None]:
        """A hub that reaches others through the channel layer; None when there is no way to them."""
        findings = list(look_at_layer(self._layer))
        self.sections.append(Section("Channel layer", findings))
        if not reaches_others(self._layer):
            yield None
        elif not is_there and self._is_on(observer):
            findings.append(warning("It is on the same Redis, so nothing was sent through it, and nobody was asked."))
            yield None
        else:
            try:
                hub = Hub(self._log, get_channel_layer(), _TIMING)
            except InvalidChannelLayerError as failure:
                findings.append(error(f"It cannot be used: {failure}"))
                yield None
                return
            try:
                findings.append(await look_at_round_trip(hub))
                yield hub if findings[-1].level is not Level.ERROR else None
            finally:
                await hub.close()

    def _is_on(self, observer: RedisObserver) -> bool:
        """Whether the channel layer is on the server of the log, whatever database it uses."""
        try:
            host = host_of(self._layer)
            return host is not None and _server(parse_address(host.url, host.options).text) == _server(
                observer.address.text
            )
        except LogError:
            return False

    async def _look_at_processes(self, hub: Hub, observer: RedisObserver | None) -> None:
        expected = self._expected
        self.attendance = await call_roll(
            hub, self._wait, lambda attendance: expected is not None and len(attendance.complete) >= expected
        )
        findings = list(look_at_processes(self.attendance, self._wait, expected))
        self.sections.append(Section("Processes", findings, table_of(self.attendance)))
        if any(True for _ in self.attendance.holdings()):
            try:
                compared = await self._compare(hub, observer, self.attendance)
            except LogError as failure:
                compared = [error(str(failure))]
            self.sections.append(Section("Comparison", compared))

    async def _compare(self, hub: Hub, observer: RedisObserver | None, attendance: Attendance) -> list[Finding]:
        digests = list(dict.fromkeys(holding.digest for _, holding in attendance.holdings()))
        heads = await observer.heads(digests) if observer else {}
        differing = find_differences(attendance, heads) if observer else []
        states = StateComparison([attendance])
        # Those whose states matter first, and no more than one call can ask for.
        wanted = dict.fromkeys([*states.uncompared[:_MOST_STATES], *(each.holding.digest for each in differing)])
        again, left = list(wanted)[:MOST_ASKED], list(wanted)[MOST_ASKED:]
        names, lasting, silent = name_all(attendance), [], set()
        if again:
            await asyncio.sleep(_MOMENT)
            second = await call_roll(hub, self._wait, lambda those: those.complete >= attendance.complete, again)
            states = StateComparison([attendance, second])
            silent = {each.member.hub for each in differing} - second.complete
            if observer:
                lasting = find_lasting(differing, heads, find_differences(second, await observer.heads(again)))
        return [
            *(look_at_positions(len(digests), lasting, names) if observer else ()),
            *_look_at_rest(len(left), [names[hub] for hub in silent]),
            *look_at_states(states, names),
        ]


def _look_at_rest(number: int, silent: Sequence[str]) -> Iterator[Finding]:
    """What could not be looked at again."""
    if number:
        yield warning(
            f"In {numbered(number, 'more instance')} some process did not stand where the log stood, and there were too "
            "many to look again."
        )
    if silent:
        yield warning(
            f"Not everything was heard of {listed(silent)} when it was asked again, so nobody knows whether it has "
            "caught up. It has ended meanwhile, or is slow; ask again with a longer --wait."
        )


def _server(address: str) -> str:
    return address.rpartition("/")[0]
