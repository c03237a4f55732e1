"""
Commits of one process to one instance that wait for each other: they go to the log in one round trip.

While one group is on its way the next one gathers, so a commit that is alone waits for nobody. Each stays an entry of
its own, and runs on the state that the one before it makes; one that refuses is left out.
"""

import asyncio
from typing import TYPE_CHECKING

from ..exceptions import OutcomeUnknown
from ..store import Entry
from .commit_log import started
from .commit_work import Trial, Work
from .followed import Followed
from .log import Appended, Behind, Elsewhere, Position, Repeated
from .upgrades import is_up_to_date

if TYPE_CHECKING:
    from .hub import Hub

# Commits in one group. Their mutations run without a pause, and Redis does nothing else while it takes them.
_MOST = 64


async def make_together(work: Work) -> Entry | None:
    """
    Make a commit that may be shared, with those that wait for the same instance.

    A caller that is cancelled before its group has begun has committed nothing; from then on the commit goes on to its
    end, and the cancellation waits for it.

    Returns:
        The entry; None when the commit has to be made by itself.

    Raises:
        Exception: As of a commit that is made by itself.
    """
    followed, hub = work.followed, work.hub
    made = work.made = hub.loop.create_future()
    followed.waiting.append(work)
    if followed.gathering is None:
        followed.gathering = hub.run(_make_waiting(hub, followed))
    try:
        return await asyncio.shield(made)
    except asyncio.CancelledError:
        if work in followed.waiting:
            followed.waiting.remove(work)
            raise
        while not made.done():
            try:
                await asyncio.wait({made})
            except asyncio.CancelledError:
                continue
        if not made.cancelled():
            made.exception()  # seen, so that asyncio does not complain of it: the caller has gone
        raise


async def _make_waiting(hub: "Hub", followed: Followed) -> None:
    group: list[Work] = []
    try:
        while followed.waiting:
            async with followed.queue:
                group = _next_group(followed)
                await _Group(hub, followed, group).make()
    finally:
        followed.gathering = None
        for work in (*group, *followed.waiting):
            if work.made is not None and not work.made.done():
                work.made.cancel()  # the hub has ended
        followed.waiting.clear()


def _next_group(followed: Followed) -> list[Work]:
    """Those who wait the longest; of two with one id, which are the same commit, the first."""
    group: dict[str, Work] = {}
    for work in tuple(followed.waiting):
        if len(group) < _MOST and work.id not in group:
            group[work.id] = work
            followed.waiting.remove(work)
    return list(group.values())


class _Group:
    """Commits whose turn it is."""

    def __init__(self, hub: "Hub", followed: Followed, works: list[Work]) -> None:
        self._hub = hub
        self._followed = followed
        # Those that are not made yet, in their order.
        self._works = works[:]
        self._began = started()

    async def make(self) -> None:
        """Try until nobody was faster. What becomes of each goes to who waits for it."""
        while self._works and self._may_go_on():
            trials = self._try_all()
            if not trials:
                return
            try:
                await self._append(trials)
            except Exception as error:  # whatever a log raises
                for work in tuple(self._works):
                    self._fail(work, _own_error(work, error))

    def _may_go_on(self) -> bool:
        """Whether the state that the log has now is one to start from; otherwise each makes its way by itself."""
        if self._followed.is_born and is_up_to_date(self._followed):
            return True
        for work in self._works:
            _settle(work, None)
        return False

    def _try_all(self) -> list[Trial]:
        state, position = self._followed.replica.state, self._followed.replica.position
        trials = []
        for work in tuple(self._works):
            try:
                trial = work.context.run(work.try_on, state, position)
            except Exception as error:  # a mutation may raise anything; the others go on as if it were not there
                self._fail(work, error)
                continue
            trials.append(trial)
            state, position = trial.states[-1], Position(trial.entry.epoch, trial.entry.version, trial.entry.id)
        return trials

    async def _append(self, trials: list[Trial]) -> None:
        hub, followed = self._hub, self._followed
        match await hub.log.append(followed.instance, followed.replica.position, *(trial.entry for trial in trials)):
            case Appended():
                works, self._works = self._works, []
                for work, trial in zip(works, trials, strict=True):
                    work.context.run(work.tell, trial, self._began)
                    _settle(work, trial.entry)
            case Repeated(earlier):
                await hub.loading.catch_up(followed)
                for work in [work for work in self._works if work.id == earlier.id]:
                    self._works.remove(work)
                    _settle(work, earlier)
            case Behind(entries):
                for missing in entries:
                    followed.receive(missing)
            case Elsewhere():
                await hub.loading.reload(followed)

    def _fail(self, work: Work, error: Exception) -> None:
        self._works.remove(work)
        work.context.run(work.fail, error)
        if work.made is not None and not work.made.done():
            work.made.set_exception(error)


def _settle(work: Work, entry: Entry | None) -> None:
    if work.made is not None and not work.made.done():
        work.made.set_result(entry)


def _own_error(work: Work, error: Exception) -> Exception:
    """An error that names the commit it is about, when it names one."""
    if isinstance(error, OutcomeUnknown):
        return OutcomeUnknown(f"{work.followed.instance}, id {work.id!r}", error.why)
    return error
