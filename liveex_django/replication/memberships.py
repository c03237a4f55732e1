"""
Which groups of the channel layer a hub is in, and wants to be in.

To be in a group means: a probe that was sent through it has come back. ``group_add`` alone says little: that of
``channels_redis.pubsub`` returns before Redis has subscribed, and that of ``channels_redis.core`` is forgotten for ever
when Redis is emptied. What fails is tried again, after growing pauses, for as long as the group is wanted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from channels.layers import BaseChannelLayer

from .layer_messages import Probe, pack
from .metrics import Metrics
from .tasks import Tasks
from .timing import Timing

logger = logging.getLogger("liveex.replication")

# A layer that has not added or removed a member by then will not (s).
_MOST_CHANGING = 5.0
# Between two tries to get into a group, doubled each time (s).
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 15.0
# Between a probe and the same again, doubled each time: one that was faster than the group was entered is lost (s).
_AGAIN = 0.1
# Groups that are entered at once; more probes than the capacity of a channel (100 by default) would push each other out.
_MOST_AT_ONCE = 20


@dataclass(eq=False, slots=True)
class _Membership:
    group: str
    is_wanted: bool = True
    is_added: bool = False
    # Whoever entered did not wait until it was confirmed, or it was in doubt since.
    is_late: bool = False
    confirmed: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    # Probes on their way, by their numbers.
    echoes: dict[int, asyncio.Future[None]] = field(default_factory=dict)
    probes: int = 0
    worker: asyncio.Task[None] | None = None


class Memberships:
    """
    Args:
        channel: Gives the hub's channel, open and listened to.
        entered: Called with a group that was confirmed later than somebody relied on it: what was sent through it before
            may not have arrived.
    """

    def __init__(
        self,
        layer: BaseChannelLayer,
        hub_id: str,
        tasks: Tasks,
        metrics: Metrics,
        timing: Timing,
        channel: Callable[[], Awaitable[str]],
        entered: Callable[[str], None],
    ) -> None:
        self._layer = layer
        self._hub_id = hub_id
        self._tasks = tasks
        self._metrics = metrics
        self._timing = timing
        self._channel = channel
        self._entered = entered
        self._memberships: dict[str, _Membership] = {}
        self._turns = asyncio.Semaphore(_MOST_AT_ONCE)

    async def enter(self, group: str) -> None:
        """Get into a group. Returns when that is certain, or has taken too long; then it is tried further."""
        membership = self._memberships.get(group)
        if membership is None:
            membership = self._memberships[group] = _Membership(group)
        membership.is_wanted = True
        self._work_on(membership)
        with suppress(TimeoutError):
            # As long as one try takes, when nothing else is being entered.
            await asyncio.wait_for(membership.confirmed.wait(), self._timing.probe)
            return
        membership.is_late = True

    def leave(self, group: str) -> None:
        """Get out of a group, soon."""
        membership = self._memberships.get(group)
        if membership is not None:
            membership.is_wanted = False
            self._work_on(membership)

    def renew(self, group: str) -> None:
        """Make sure again of a membership that there is no reason to doubt."""
        membership = self._memberships.get(group)
        if membership is not None and membership.is_wanted and membership.confirmed.is_set():
            membership.confirmed.clear()
            self._work_on(membership)

    def renew_all(self) -> None:
        """As :meth:`renew`."""
        for group in tuple(self._memberships):
            self.renew(group)

    def doubt(self, group: str) -> None:
        """A message through a group did not arrive: get into it again."""
        membership = self._memberships.get(group)
        if membership is not None:
            membership.is_late = True
            self.renew(group)

    def doubt_all(self) -> None:
        """As :meth:`doubt`, for all of them."""
        for group in tuple(self._memberships):
            self.doubt(group)

    async def sound(self, group: str) -> None:
        """See whether a group that this hub is in still reaches it; when it does not, all of them are in doubt."""
        membership = self._memberships.get(group)
        if membership is None or not membership.confirmed.is_set():
            return  # being worked on
        try:
            await self._probe(membership)
        except Exception as error:  # whatever a layer raises when its server is away
            self._metrics.unanswered_probes += 1
            logger.warning(
                "The channel layer no longer reaches this process, which joins its groups anew: %s", _why(error)
            )
            self.doubt_all()

    async def round_trip(self, group: str) -> float:
        """
        How long a message takes to come back through a group that this hub has entered (s).

        Raises:
            TimeoutError: It did not come back.
            Exception: Whatever the layer raises.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        await self._probe(self._memberships[group])
        return clock() - began

    def take(self, probe: Probe) -> None:
        """A probe of ours has come back."""
        membership = self._memberships.get(probe.group)
        echo = membership.echoes.get(probe.number) if membership is not None else None
        if echo is not None and not echo.done():
            echo.set_result(None)

    async def leave_all(self) -> None:
        """Get out of every group, as far as the layer still lets us."""
        for group in tuple(self._memberships):
            self.leave(group)
        workers = [membership.worker for membership in self._memberships.values() if membership.worker is not None]
        if workers:
            await asyncio.wait(workers, timeout=self._timing.probe)

    def _work_on(self, membership: _Membership) -> None:
        membership.changed.set()
        if membership.worker is None:
            membership.worker = self._tasks.run(self._work(membership))

    async def _work(self, membership: _Membership) -> None:
        pause = _FIRST_PAUSE
        try:
            while True:
                membership.changed.clear()
                if membership.is_wanted and not membership.confirmed.is_set():
                    if await self._try_to_enter(membership):
                        self._confirm(membership)
                        pause = _FIRST_PAUSE
                    else:
                        membership.is_late = True
                        with suppress(TimeoutError):
                            await asyncio.wait_for(membership.changed.wait(), pause)
                        pause = min(pause * 2, _LONGEST_PAUSE)
                elif not membership.is_wanted and membership.is_added:
                    await self._leave(membership)
                else:
                    return
        finally:
            membership.worker = None
            if not membership.is_wanted:
                self._memberships.pop(membership.group, None)

    def _confirm(self, membership: _Membership) -> None:
        was_late, membership.is_late = membership.is_late, False
        membership.confirmed.set()
        if was_late and membership.is_wanted:
            self._entered(membership.group)

    async def _try_to_enter(self, membership: _Membership) -> bool:
        async with self._turns:
            try:
                async with asyncio.timeout(_MOST_CHANGING):
                    await self._layer.group_add(membership.group, await self._channel())
                    membership.is_added = True
                await self._probe(membership)
            except Exception as error:  # as above
                self._metrics.unanswered_probes += 1
                logger.log(
                    logging.DEBUG if membership.is_late else logging.WARNING,
                    "The channel layer does not reach this process through the group %s: %s. It is tried again; "
                    "meanwhile changes are found when positions are compared with the log.",
                    membership.group,
                    _why(error),
                )
                return False
        return True

    async def _probe(self, membership: _Membership) -> None:
        """
        Raises:
            TimeoutError: It did not come back.
            Exception: Whatever the layer raises.
        """
        membership.probes += 1
        number, echo = membership.probes, asyncio.get_running_loop().create_future()
        membership.echoes[number] = echo
        probe, pause = pack(Probe(self._hub_id, membership.group, number)), _AGAIN
        try:
            async with asyncio.timeout(self._timing.probe):
                while not echo.done():
                    await self._layer.group_send(membership.group, probe)
                    await asyncio.wait({echo}, timeout=pause)
                    pause *= 2
        except TimeoutError:
            raise TimeoutError(f"a probe did not come back within {self._timing.probe:g} s") from None
        finally:
            del membership.echoes[number]

    async def _leave(self, membership: _Membership) -> None:
        membership.is_added = False
        membership.confirmed.clear()
        try:
            async with asyncio.timeout(_MOST_CHANGING):
                await self._layer.group_discard(membership.group, await self._channel())
        except Exception as error:  # as above; what still comes is dropped
            logger.warning("The channel layer did not let go of the group %s: %s", membership.group, error)


def _why(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
