"""
Commits per second through the log in Redis, beside the bare script called by the same client.

Bare: the log's own append script, with arguments that were made before, through redis-py, each answer awaited. Log: the
entry made, encoded, appended, and the outcome known. One Redis on a unix socket, one process; rounds of the two take
turns, so that the ratios hold on a busy machine too.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from liveex_django.replication import Appended, Instance, Position
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.replication.redis_scripts import APPEND
from liveex_django.store import Entry, Store, freeze
from liveex_django.store.codec import encode_entry
from scripts.programs import find
from tests.replication.redis_server import running

ROUNDS = 7
COMMITS = 1000
IN_FLIGHT = 32
HEADS = 1000
# Of the bare script's rate, by one writer that awaits each commit.
TARGET = 0.5

EMPTY = freeze({"count": 0})
STORE = Store("benchmark", scope="key", state={"count": 0})


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        with running(find("redis-server"), Path(folder), unixsocket=socket):
            asyncio.run(measure(f"unix://{socket}?db=0"))


async def measure(url: str) -> None:
    log = RedisMutationLog(url, connections=IN_FLIGHT)
    bare = Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, max_connections=IN_FLIGHT)
    await bare.script_load(APPEND.source)
    writers = Writers(log, bare)
    print(f"{'':44} {'per second':>10} {'of the bare script':>19}")
    for title, in_flight, target in (("one writer", 1, TARGET), (f"{IN_FLIGHT} instances at once", IN_FLIGHT, None)):
        rates: dict[str, list[float]] = {"bare": [], "log": []}
        for number in range(ROUNDS):
            rates["bare"].append(await writers.rate(writers.write_bare, f"bare{in_flight}.{number}", in_flight))
            rates["log"].append(await writers.rate(writers.write, f"log{in_flight}.{number}", in_flight))
        bare_rate, log_rate = median(rates["bare"]), median(rates["log"])
        report(f"{title}: the bare script", bare_rate)
        report(f"{title}: the log", log_rate, log_rate / bare_rate, target)
    await report_heads(log)
    await bare.aclose()
    await log.close()


class Writers:
    """Both ways to write the same entries."""

    def __init__(self, log: RedisMutationLog, bare: Redis) -> None:
        self.log = log
        self.bare = bare

    async def rate(
        self, write: Callable[[Instance, Position, int], Awaitable[None]], key: str, in_flight: int
    ) -> float:
        """Commits per second, by so many writers to an instance each."""
        instances = [Instance(STORE, f"{key}.{number}") for number in range(in_flight)]
        starts = [(await self.log.create(instance, EMPTY))[0].position for instance in instances]
        each = COMMITS // in_flight
        works = [write(instance, start, each) for instance, start in zip(instances, starts, strict=True)]
        begin = perf_counter()
        await asyncio.gather(*works)
        return each * in_flight / (perf_counter() - begin)

    async def write(self, instance: Instance, position: Position, commits: int) -> None:
        for number in range(commits):
            entry = make_entry(position, number)
            assert await self.log.append(instance, position, entry) == Appended()
            position = Position(entry.epoch, entry.version, entry.id)

    def write_bare(self, instance: Instance, position: Position, commits: int) -> Awaitable[None]:
        keys = keys_of("liveex", instance)
        calls = []
        for number in range(commits):
            entry = make_entry(position, number)
            old = (position.epoch, position.version, position.id)
            new = (entry.version, entry.id, encode_entry(entry))
            calls.append((APPEND.sha, 3, *keys, 0, 1000, *old, "", 0, *new))
            position = Position(entry.epoch, entry.version, entry.id)
        return self._call(calls)

    async def _call(self, calls: Sequence[tuple[Any, ...]]) -> None:
        for call in calls:
            assert await self.bare.evalsha(*call) == [b"appended"]


def make_entry(after: Position, number: int) -> Entry:
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


async def report_heads(log: RedisMutationLog) -> None:
    """What the look at all positions costs that every process takes every ten seconds."""
    instances = [Instance(STORE, f"heads.{number}") for number in range(HEADS)]
    for instance in instances:
        await log.create(instance, EMPTY)
    times = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        await log.heads(instances)
        times.append(perf_counter() - begin)
    print(f"{f'positions of {HEADS} instances, one round trip':44} {median(times) * 1000:8.1f} ms")


def report(what: str, rate: float, ratio: float | None = None, target: float | None = None) -> None:
    """Print one line."""
    verdict = (
        "" if target is None or ratio is None else f"   goal {target:.0%}: {'met' if ratio >= target else 'MISSED'}"
    )
    print(f"{what:44} {rate:10.0f} {'' if ratio is None else format(ratio, '19.0%')}{verdict}")


if __name__ == "__main__":
    main()
