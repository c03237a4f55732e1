"""
The bare script: what a commit costs that is nothing else. The log's own append script, with arguments that were made
before, through redis-py, each answer awaited.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from liveex_django.replication import Instance, Position
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.replication.redis_scripts import APPEND
from liveex_django.store import Entry, freeze
from liveex_django.store.codec import encode_entry

_EMPTY = freeze({"count": 0})


class BareScript:
    """
    Args:
        log: Makes the instances that the script then writes to.
        connections: Most that are open at once.
    """

    def __init__(self, url: str, log: RedisMutationLog, connections: int = 1) -> None:
        self._log = log
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, max_connections=connections)

    async def rate(self, instances: Sequence[Instance], commits: int) -> float:
        """Commits per second, when each of the instances gets so many, by a writer of its own."""
        works = await self.prepare(instances, commits)
        begin = perf_counter()
        await self.run(works)
        return len(instances) * commits / (perf_counter() - begin)

    async def prepare(self, instances: Sequence[Instance], commits: int) -> Sequence[Sequence[tuple[Any, ...]]]:
        """The calls of each writer; the instances are new, and are made."""
        await self._redis.script_load(APPEND.source)
        starts = [(await self._log.create(instance, _EMPTY))[0].position for instance in instances]
        return [calls_of(instance, start, commits) for instance, start in zip(instances, starts, strict=True)]

    async def run(self, works: Sequence[Sequence[tuple[Any, ...]]]) -> None:
        """Make the calls."""
        await asyncio.gather(*map(self._write, works))

    async def _write(self, calls: Sequence[tuple[Any, ...]]) -> None:
        for call in calls:
            assert await self._redis.evalsha(*call) == [b"appended"]

    async def close(self) -> None:
        await self._redis.aclose()


def calls_of(instance: Instance, position: Position, commits: int) -> Sequence[tuple[Any, ...]]:
    """The arguments of so many calls after one another."""
    keys, calls = keys_of("liveex", instance), []
    for number in range(commits):
        entry = make_entry(position, number)
        old = (position.epoch, position.version, position.id)
        new = (entry.version, entry.id, encode_entry(entry))
        calls.append((APPEND.sha, 3, *keys, 0, 1000, *old, "", 0, *new))
        position = Position(entry.epoch, entry.version, entry.id)
    return calls


def make_entry(after: Position, number: int) -> Entry:
    """One like that of a commit."""
    return Entry(
        version=after.version + 1,
        epoch=after.epoch,
        id=f"0123456789abcdef0123456789abcdef.{number}",
        name="add",
        payload=freeze({"amount": 1}),
        patches=(("set", ("count",), number),),
        inverse=(("set", ("count",), number - 1),),
        action="increment",
        actor="user:1",
        cause=None,
        schema=1,
        at=datetime.now(UTC),
    )
