"""A mutation log in Redis, which any number of processes and machines share."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..store import Entry, FrozenDict
from .instance import Instance
from .log import AppendOutcome, MutationLog, Position, Snapshot
from .redis_address import parse_address
from .redis_attempts import Patience
from .redis_claims import RedisClaims
from .redis_client import RedisClient
from .redis_observer import RedisObserver
from .redis_operations import Operations

# Seconds without use after which an instance is forgotten, by scope: a page's after a day, as its join token is; a
# session's after two weeks, as Django's session cookie is. What is not named here stays.
IDLE: Mapping[str, float | None] = {"page": 86_400, "session": 1_209_600}
# How long the id of an entry is known at least, so that an event which is sent again is not applied again (s).
KEEP_IDS = 86_400
# How long what became of a page's events is known after the last one: as long as a page may be away (s).
KEEP_EVENTS = 86_400


class RedisMutationLog(MutationLog):
    """
    docs/explanation/redis-log.md tells what it keeps in Redis, and what happens when something is lost.

    Every method may raise a ``LogError``: ``LogUnreachable`` when Redis does not answer, ``LogDenied``,
    ``LogReadOnly``, ``LogFull`` or ``LogRefused`` when it refuses, ``LogUnsupported`` and ``LogKeyTaken`` when what is
    there cannot be used. ``append`` alone may raise ``OutcomeUnknown``; after all others nothing was committed.
    Reading may raise ``DamagedEntry``, which concerns one instance.

    Args:
        url: See redis_address.py; with a Sentinel, its master is used, whichever that is.
        prefix: What all keys begin with. Two projects on one Redis need two.
        idle: Seconds without use after which an instance is forgotten, by scope; None or absent: never.
        keep_ids: Seconds for which the id of an entry is known, at least.
        keep_events: Seconds for which what became of the events of a page is known after the last one.
        patience: How long Redis is waited for.
        connections: Most that one event loop has open.
        options: More arguments for redis-py's connections.
    """

    shared = True

    def __init__(
        self,
        url: str,
        prefix: str = "liveex",
        *,
        idle: Mapping[str, float | None] = IDLE,
        keep_ids: float = KEEP_IDS,
        keep_events: float = KEEP_EVENTS,
        patience: Patience | None = None,
        connections: int = 16,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        address = parse_address(url, options or {})
        self._operations = Operations(prefix, idle, keep_ids)
        self._client = RedisClient(address, patience or Patience(), connections)
        # Messages of Redis know no databases.
        self.namespace = f"{prefix}/{address.db}"
        self.claims = RedisClaims(self._client, self._operations.prefix, keep_events)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._client.address.text} {self._operations.prefix!r}>"

    def observer(self) -> RedisObserver:
        """Looks at the server of this log, in the running event loop."""
        return RedisObserver(self._client.address, self._operations.prefix)

    async def load(self, instance: Instance) -> tuple[Snapshot, Sequence[Entry]] | None:
        return await self._client.perform(self._operations.load(instance))

    async def create(self, instance: Instance, state: FrozenDict[str, Any]) -> tuple[Snapshot, Sequence[Entry]]:
        return await self._client.perform(self._operations.create(instance, state))

    async def append(
        self, instance: Instance, after: Position, entry: Entry, *more: Entry, asked_at: Position | None = None
    ) -> AppendOutcome:
        """
        As every log; a commit that another process holds up (it lost too often, and goes first) waits a moment.

        Args:
            asked_at: A position of the log when this id was first asked for, or before; None when that is now. An id
                that the log does not know, and that may be older than those it knows, is then refused.

        Raises:
            OutcomeUnknown: No answer came in time, or the id may have been appended and forgotten: the entry may be in
                the log or not. Ask again under the same id, or report it; never commit it under another.
        """
        return await self._client.perform(self._operations.append(instance, after, (entry, *more), asked_at))

    async def read(self, instance: Instance, after: Position) -> Sequence[Entry] | None:
        return await self._client.perform(self._operations.read(instance, after))

    async def find(self, instance: Instance, ids: Sequence[str]) -> int | None:
        return await self._client.perform(self._operations.find(instance, ids))

    async def contains(self, instance: Instance, position: Position) -> bool | None:
        return await self._client.perform(self._operations.contains(instance, position))

    async def heads(self, instances: Sequence[Instance]) -> Sequence[Position | None]:
        return await self._client.perform(self._operations.heads(instances))

    async def history(self, instance: Instance, limit: int) -> Sequence[Entry]:
        return await self._client.perform(self._operations.history(instance, limit))

    async def save_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        await self._client.perform(self._operations.save_snapshot(instance, snapshot))

    async def close(self) -> None:
        """Close the connections of the running event loop now, and not with the loop."""
        await self._client.close()
