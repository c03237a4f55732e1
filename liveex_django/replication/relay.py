"""
Commits what processes that died, or could not reach the log, have left in the outbox.

Every hub that serves pages looks there from time to time. That two find the same commit does no harm: it has an id, and
the log takes it once.
"""

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from django.db import DatabaseError

from ..exceptions import DamagedEntry, LogConflict, LogError, MissingMigration, NewerSchema, UnknownName, UnknownStore
from ..store import Store, registered_stores
from ..store.names import nearest
from . import outbox
from .commits import commit
from .instance import Instance
from .outbox import Left
from .threads import run_in_thread

if TYPE_CHECKING:
    from .hub import Hub

logger = logging.getLogger("liveex.replication")

# Until the first look, between two looks, and at most after failures (s); spread, so that processes take turns.
_FIRST, _INTERVAL, _LONGEST = 0.5, 5.0, 60.0
# Commits that are read at once.
_BATCH = 100

# What has nothing to do with the commit: it may be made later, or by a process of another release.
POSTPONING = (LogError, LogConflict, DamagedEntry, NewerSchema, MissingMigration, UnknownName)


class Relay:
    """Of one hub. Does nothing before :meth:`start`, and nothing but :meth:`relay` by itself after it."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._timer: asyncio.TimerHandle | None = None
        self._interval = _INTERVAL
        # Commits that cannot be made now, and of which the log of the server knows.
        self._told: set[str] = set()

    def start(self) -> None:
        """Look into the outbox from now on. Only a log that outlives this process has something to gain from it."""
        if self._hub.log.shared:
            self._plan(_FIRST)

    def stop(self) -> None:
        """Called when the hub closes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self, seconds: float) -> None:
        delay = seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        self._timer = self._hub.loop.call_later(delay, lambda: self._hub.run_apart(self._look()))

    async def _look(self) -> None:
        is_well = False
        try:
            is_well = not _has_atomic_actions() or await self.relay()
        except Exception:  # whatever it is, it must not be the last look
            logger.exception("The outbox of atomic actions could not be worked off; it is looked at again.")
        self._interval = _INTERVAL if is_well else min(2 * self._interval, _LONGEST)
        if self._timer is not None:  # not stopped meanwhile
            self._plan(self._interval)

    async def relay(self) -> bool:
        """Commit what is left, the oldest first; whether nothing that could be committed one day is left."""
        try:
            while found := await run_in_thread(outbox.waiting, _BATCH):
                if not await self._commit_all(found):
                    return False
        except DatabaseError as error:
            logger.warning(
                "The outbox of atomic actions cannot be used, so commits that were left there wait: %s. When its table is "
                "missing, make it: manage.py migrate liveex_django.",
                error,
            )
            return False
        return True

    async def _commit_all(self, found: list[Left]) -> bool:
        # Later commits to the same instance wait for one that has to wait.
        held_up: set[tuple[str, str]] = set()
        for left in found:
            place = (left.store, left.key)
            if place not in held_up and not await self._settle(left):
                held_up.add(place)
        return not held_up

    async def _settle(self, left: Left) -> bool:
        """Commit one, or mark it as refused; whether it is done with."""
        try:
            await self._commit(left)
        except POSTPONING as error:
            level = logging.DEBUG if left.id in self._told else logging.WARNING
            logger.log(level, "Commit %s of action %r waits in the outbox: %s", left.id, left.action, error)
            self._told.add(left.id)
            return False
        except DatabaseError:
            raise
        except Exception as error:  # a mutation may raise anything
            if await run_in_thread(outbox.refuse, left.id, f"{type(error).__name__}: {error}"):
                logger.error(
                    "Commit %s of action %r to %s:%s was left in the outbox when its rows were saved, and is refused now. "
                    "It stays there; compare the rows with the state, and put right what differs.",
                    left.id,
                    left.action,
                    left.store,
                    left.key,
                    exc_info=error,
                )
        self._told.discard(left.id)
        return True

    async def _commit(self, left: Left) -> None:
        store = _find_store(left.store)
        calls = left.calls_of(store)
        async with self._hub.following(Instance(store, left.key)) as followed:
            entry = await commit(self._hub, followed, calls, left.origin, left.number)
        await run_in_thread(outbox.drop, left.id)
        logger.info(
            "Commit %s of action %r was left in the outbox; it is version %d.", left.id, left.action, entry.version
        )


def _has_atomic_actions() -> bool:
    return any(action.atomic for store in registered_stores() for action in store.actions.values())


def _find_store(name: str) -> Store:
    stores = {store.name: store for store in registered_stores()}
    try:
        return stores[name]
    except KeyError:
        raise UnknownStore(
            name,
            stores,
            owner="This process",
            consequence="a commit to it waits in the outbox",
            nearest=nearest(name, stores),
        ) from None
