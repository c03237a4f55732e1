"""
Committing: run a mutation on the newest state, ask the log to append its effects, again until nobody was faster.

No other process ever runs the mutation; replicas apply its patches. So a mutation always sees the head, an update
cannot be lost, and nothing depends on two processes computing the same.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..store import Entry
from .calls import Call
from .commit_group import make_together
from .commit_work import Upgrade, Work
from .followed import Followed
from .origin import Origin
from .tasks import to_its_end
from .upgrades import is_up_to_date

if TYPE_CHECKING:
    from .hub import Hub


async def commit(
    hub: "Hub",
    followed: Followed,
    calls: Sequence[Call],
    origin: Origin,
    # Counts the commits of the origin, from 1.
    number: int,
    *,
    label: str | None = None,
) -> Entry:
    """
    Commit ``calls`` as one entry, all or nothing. The caller holds ``followed``.

    A caller that is cancelled while it waits for its turn has committed nothing; from then on the commit goes on to
    its end, and the cancellation waits for it.

    Returns:
        The entry as it is in the log; the earlier one when this commit's id was there before.

    Raises:
        Reject: A mutation or a plugin refused. Nothing changed.
        NewerSchema, MissingMigration: The stored state is none that this release can change.
        Exception: Whatever a mutation raised. Nothing changed.
    """
    if hub.ending.is_over:
        # By a plain def that was cut off: its thread goes on, but what became of it has been said to be unknown.
        raise asyncio.CancelledError
    work = Work(hub, followed, calls, origin, number, label)
    entry = await make_together(work) if work.may_be_shared else None
    if entry is None:
        entry = await _in_turn(followed, work)
    assert entry is not None
    return entry


async def prepare(hub: "Hub", followed: Followed, calls: Sequence[Call], origin: Origin, number: int) -> "Prepared":
    """
    Try a commit on the newest state, and keep everybody else in this process from committing to the instance until it
    is made or given up. So nothing can come between but a commit of another process.

    Raises:
        Exception: What :func:`commit` would raise now. Nobody is kept.
    """
    await followed.queue.acquire()
    work = Work(hub, followed, calls, origin, number)
    try:
        await to_its_end(hub.run(work.rehearse(), is_awaited=True))
    except BaseException:
        followed.queue.release()
        raise
    return Prepared(work)


class Prepared:
    """A commit that was tried. Either method is to be called once, on the hub's loop."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def commit(self) -> Entry:
        """As :func:`commit`, which see."""
        entry = await _until_released(self._work)
        assert entry is not None
        return entry

    def give_up(self) -> None:
        """Commit nothing."""
        self._work.followed.queue.release()


async def bring_up_to_date(hub: "Hub", followed: Followed) -> None:
    """
    Migrate the state of an instance, when it is of an earlier schema or lacks a module's. The caller holds ``followed``.

    Raises:
        MissingMigration: There is no way.
        Exception: Whatever a migration raises. Nothing changed.
    """
    if not is_up_to_date(followed):
        await _in_turn(followed, Upgrade(hub, followed))


async def _in_turn(followed: Followed, work: Work) -> Entry | None:
    await followed.queue.acquire()
    if work.hub.ending.is_over:
        followed.queue.release()
        raise asyncio.CancelledError
    return await _until_released(work)


async def _until_released(work: Work) -> Entry | None:
    """Run what has its turn, to its end, and let the next one have it."""
    task = work.hub.run(work.run(), is_awaited=True)
    task.add_done_callback(lambda _: work.followed.queue.release())
    return await to_its_end(task)
