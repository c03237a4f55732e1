"""
Commits per second through the log in Redis, beside the bare script called by the same client.

Bare: the log's own append script, with arguments that were made before, through redis-py, each answer awaited. Log: the
entry made, encoded, appended, and the outcome known. One Redis on a unix socket, one process; rounds of the two take
turns, so that the ratios hold on a busy machine too.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from liveex_django.replication import Appended, Instance, Position
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.store import Store, freeze
from scripts.programs import find
from tests.replication.redis_server import running

from ._bare_script import BareScript, make_entry

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
    bare = BareScript(url, log, IN_FLIGHT)
    print(f"{'':44} {'per second':>10} {'of the bare script':>19}")
    for title, in_flight, target in (("one writer", 1, TARGET), (f"{IN_FLIGHT} instances at once", IN_FLIGHT, None)):
        rates: dict[str, list[float]] = {"bare": [], "log": []}
        for number in range(ROUNDS):
            each = COMMITS // in_flight
            rates["bare"].append(await bare.rate(instances(f"bare{in_flight}.{number}", in_flight), each))
            rates["log"].append(await rate(log, instances(f"log{in_flight}.{number}", in_flight), each))
        bare_rate, log_rate = median(rates["bare"]), median(rates["log"])
        report(f"{title}: the bare script", bare_rate)
        report(f"{title}: the log", log_rate, log_rate / bare_rate, target)
    await report_heads(log)
    await bare.close()
    await log.close()


def instances(key: str, count: int) -> list[Instance]:
    return [Instance(STORE, f"{key}.{number}") for number in range(count)]


async def rate(log: RedisMutationLog, written: Sequence[Instance], commits: int) -> float:
    """Commits per second, when each of the instances gets so many, by a writer of its own."""
    starts = [(await log.create(instance, EMPTY))[0].position for instance in written]
    works = [write(log, instance, start, commits) for instance, start in zip(written, starts, strict=True)]
    begin = perf_counter()
    await asyncio.gather(*works)
    return len(written) * commits / (perf_counter() - begin)


async def write(log: RedisMutationLog, instance: Instance, position: Position, commits: int) -> None:
    for number in range(commits):
        entry = make_entry(position, number)
        assert await log.append(instance, position, entry) == Appended()
        position = Position(entry.epoch, entry.version, entry.id)


async def report_heads(log: RedisMutationLog) -> None:
    """What the look at all positions costs that every process takes every ten seconds."""
    created = instances("heads", HEADS)
    for instance in created:
        await log.create(instance, EMPTY)
    times = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        await log.heads(created)
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
