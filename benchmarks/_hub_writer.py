"""A hub as a process of a project has it, and commits through all of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from channels_redis.pubsub import RedisPubSubChannelLayer

from liveex_django.replication import Hub, Instance, Origin
from liveex_django.replication.calls import Call
from liveex_django.replication.commits import commit
from liveex_django.replication.followed import Followed
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.replication.timing import Timing

# Instances are let go of at once: a round must not go on in the next one.
_TIMING = Timing(linger=0.0)


class HubWriter:
    """
    Attributes:
        hub: Follows what it commits to, so it also hears what it sends itself, as a process does that shows pages.
    """

    def __init__(self, url: str, connections: int, timing: Timing, layer: RedisPubSubChannelLayer) -> None:
        self.log = RedisMutationLog(url, connections=connections)
        self.layer = layer
        self.hub = Hub(self.log, self.layer, timing)

    async def rate(self, instances: Sequence[Instance], writers: int, commits: int) -> float:
        """Commits per second, when each of the instances gets so many from each of its writers."""
        followed = [await self.hub.acquire(instance) for instance in instances]
        begin = perf_counter()
        await self.write(followed, writers, commits)
        spent = perf_counter() - begin
        for one in followed:
            self.hub.release(one)
        return len(instances) * writers * commits / spent

    async def write(self, followed: Sequence[Followed], writers: int, commits: int) -> None:
        """Commit, each writer awaiting each commit, until the channel layer has taken the last message."""
        await asyncio.gather(*(self._write(one, commits) for one in followed for _ in range(writers)))
        await self.hub.groups.sent()

    async def _write(self, followed: Followed, commits: int) -> None:
        for _ in range(commits):
            await self.commit(followed)

    async def commit(self, followed: Followed) -> None:
        """One commit: the mutation, its patches, the append, the message."""
        mutation = followed.instance.store.find_mutation("add")
        await commit(self.hub, followed, [Call(mutation, mutation.parameters.bind((1,), {}))], Origin(), 1)

    async def close(self) -> None:
        await self.hub.close()
        await self.log.close()
        await self.layer.flush()


@asynccontextmanager
async def hub_writer(
    url: str, *, connections: int = 16, timing: Timing = _TIMING, layer: RedisPubSubChannelLayer | None = None
) -> AsyncIterator[HubWriter]:
    """One for the length of a block."""
    writer = HubWriter(url, connections, timing, layer or RedisPubSubChannelLayer(hosts=[url]))
    try:
        yield writer
    finally:
        await writer.close()
