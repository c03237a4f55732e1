"""
What a commit costs a process in which nobody looks at the instance: it should not even hear of it.

As a program this is that process: a hub that follows another instance. It says how much CPU time it has used, and what it
uses in the same time when nothing happens is taken off: the channel layer alone wakes up ten times a second.
"""

import asyncio
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from liveex_django.replication import Instance
from liveex_django.replication.followed import Followed

from . import _stores
from ._hub_writer import HubWriter, hub_writer
from ._program import Program, obey, running, set_up
from ._rounds import ratio, report, title


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    # Of each kind in one round.
    commits: int


async def measure(url: str, size: Size) -> None:
    async with hub_writer(url) as writer, running("_unseen") as program:
        seen = await writer.hub.acquire(Instance(_stores.by_key, "seen"))
        unseen = await writer.hub.acquire(Instance(_stores.by_key, "unseen"))
        await program.ask("follow", key="seen")
        other = _Other(program, writer, size.commits)
        await other.take(seen)  # not counted: what is done once
        rounds = [await _round(other, seen, unseen) for _ in range(size.rounds)]
        # What was sent through the layer before has come when this has.
        entries = await other.take(seen) - (size.rounds + 2) * size.commits
    _report(rounds, entries, size)


async def _round(other: "_Other", seen: Followed, unseen: Followed) -> dict[str, float]:
    """CPU seconds, those of the other process less what it uses when nothing happens."""
    begin = process_time()
    used_unseen, spent_unseen = await other.cpu(other.write(unseen))
    made = process_time() - begin
    used_idle, spent_idle = await other.cpu(asyncio.sleep(spent_unseen))
    used_seen, spent_seen = await other.cpu(other.take(seen))
    idle = used_idle / spent_idle
    return {
        "made": made,
        "unseen": used_unseen - idle * spent_unseen,
        "seen": used_seen - idle * spent_seen,
        "idle": idle * spent_unseen,
    }


def _report(rounds: list[dict[str, float]], entries: int, size: Size) -> None:
    spent = {name: [each[name] / size.commits * 1e6 for each in rounds] for name in rounds[0]}
    title("what a commit costs a process", "us of CPU", "of made")
    report("the one that makes it", f"{median(spent['made']):.1f}")
    report(
        "one that follows the instance", f"{median(spent['seen']):.1f}", f"{ratio(spent['seen'], spent['made']):.0%}"
    )
    unseen = median(spent["unseen"])
    # So much differ the times in which nothing happened.
    noise = max(spent["idle"]) - min(spent["idle"])
    part = f"{ratio(spent['unseen'], spent['made']):.1%}"
    report("one that does not", f"{unseen:.1f}", part, goal=f"noise, {noise:.1f}", is_met=unseen <= noise)
    commits = size.rounds * size.commits
    report(f"entries that it was sent, of {commits}", str(entries), goal="0", is_met=entries == 0)


class _Other:
    """The other process, seen from here."""

    def __init__(self, program: Program, writer: HubWriter, commits: int) -> None:
        self._program = program
        self._writer = writer
        self._commits = commits

    async def write(self, followed: Followed) -> None:
        """Commit here."""
        await self._writer.write([followed], 1, self._commits)

    async def take(self, followed: Followed) -> int:
        """Commit here what the other process sees, and wait until it has. Returns how many entries it was sent."""
        await self.write(followed)
        return int(await self._program.ask("wait", version=followed.replica.position.version))

    async def cpu(self, work: Any) -> tuple[float, float]:
        """CPU time that the other process spends while ``work`` is done here, and how long that takes (s)."""
        before, begin = await self._program.ask("cpu"), perf_counter()
        await work
        spent = perf_counter() - begin
        return await self._program.ask("cpu") - before, spent


# The program


class CountingLayer(RedisPubSubChannelLayer):
    """Counts the entries that it brings."""

    entries = 0

    async def receive(self, channel: str) -> Any:
        message = await self._get_layer().receive(channel)
        self.entries += len(message.get("entries", ()))
        return message


class Follower:
    """What it can be asked to do."""

    def __init__(self, writer: HubWriter, layer: CountingLayer) -> None:
        self._writer = writer
        self._layer = layer
        self._changed = asyncio.Event()

    async def follow(self, key: str) -> None:
        self._followed = await self._writer.hub.acquire(Instance(_stores.by_key, key))
        self._followed.subscribe(lambda change: self._changed.set())

    async def wait(self, version: int) -> int:
        while self._followed.replica.position.version < version:
            self._changed.clear()
            await self._changed.wait()
        return self._layer.entries

    async def cpu(self) -> float:
        return process_time()


async def main() -> None:
    url = settings.LIVEEX["LOG"]
    layer = CountingLayer(hosts=[url])
    async with hub_writer(url, layer=layer) as writer:
        follower = Follower(writer, layer)
        await obey({"follow": follower.follow, "wait": follower.wait, "cpu": follower.cpu})


if __name__ == "__main__":
    set_up()
    asyncio.run(main())
