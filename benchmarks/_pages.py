"""
What a thousand instances of pages take: memory of the process that shows them, memory of Redis, and what the comparison
of all their positions with the log asks of Redis. As a program this is that process.
"""

import asyncio
import gc
import tracemalloc
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import redis
from django.conf import settings

from liveex_django.replication import Instance
from liveex_django.replication.followed import Followed
from liveex_django.replication.timing import Timing
from tests.replication.redis_server import RedisServer

from . import _stores
from ._hub_writer import HubWriter, hub_writer
from ._memory_use import resident
from ._program import Program, obey, running, set_up
from ._rounds import report, title

# Positions are compared when the benchmark asks for it (s).
_TIMING = Timing(check=1e6, linger=0.0)


@dataclass(frozen=True, slots=True)
class Size:
    pages: int
    # Of the comparison.
    rounds: int


async def measure(server: RedisServer, size: Size) -> None:
    title(f"{size.pages} instances of scope page, with one number each", "each")
    with server.admin() as admin:
        admin.flushall()
        async with running("_pages") as program:
            await _measure(admin, program, size)


async def _measure(admin: redis.Redis, program: Program, size: Size) -> None:
    taken = await program.ask("open", pages=size.pages)
    traced = await program.ask("trace", pages=size.pages)
    keys = admin.dbsize()
    report("not written: memory of the process", _bytes(taken, size))
    report("not written: of that, objects of Python", _bytes(traced, size))
    report("not written: keys in Redis", str(keys), goal="0", is_met=keys == 0)
    await _report_check("not written", admin, program, size)

    before, published = _memory(admin), _Traffic(admin).calls.get("publish", 0)
    taken = await program.ask("write")
    stored, sent = _memory(admin) - before, _Traffic(admin).calls.get("publish", 0) - published
    report("written once: memory of the process, more", _bytes(taken, size))
    report("written once: memory of Redis", _bytes(stored, size))
    report("written once: messages to other processes", str(sent), goal="0", is_met=sent == 0)
    await _report_check("written once", admin, program, size)


async def _report_check(when: str, admin: redis.Redis, program: Program, size: Size) -> None:
    times = [await program.ask("check") for _ in range(size.rounds)]
    # To look at the traffic is traffic too.
    looks = [_Traffic(admin), _Traffic(admin)]
    await program.ask("check")
    looks.append(_Traffic(admin))
    received, sent = (
        (values[2] - values[1] - (values[1] - values[0])) / size.pages
        for values in ([look.received for look in looks], [look.sent for look in looks])
    )
    scripts = looks[2].calls["evalsha"] - looks[1].calls.get("evalsha", 0)
    commands = sum(looks[2].calls.values()) - sum(looks[1].calls.values()) - scripts
    report(f"{when}: a look at all positions", f"{median(times) * 1000:.0f} ms in all")
    report(f"{when}: ... bytes to Redis and from it", f"{received:.0f} + {sent:.0f}")
    report(f"{when}: ... scripts, and commands in them", f"{scripts / size.pages:.3g} + {commands / size.pages:.3g}")


def _bytes(taken: int, size: Size) -> str:
    return f"{taken / size.pages:.0f} B"


def _memory(admin: redis.Redis) -> int:
    return int(admin.info("memory")["used_memory"])


class _Traffic:
    """What Redis has been asked so far: calls by command, without looks like this one, and bytes to it and from it."""

    def __init__(self, admin: redis.Redis) -> None:
        stats, commands = admin.info("stats"), admin.info("commandstats")
        self.received, self.sent = stats["total_net_input_bytes"], stats["total_net_output_bytes"]
        self.calls = {name.removeprefix("cmdstat_"): each["calls"] for name, each in commands.items()}
        self.calls.pop("info", None)


# The program


class Pages:
    """What it can be asked to do; memory is in bytes."""

    def __init__(self, writer: HubWriter) -> None:
        self._writer = writer
        self._followed: list[Followed] = []

    async def open(self, pages: int) -> int:
        """Follow so many instances; returns by how much the process has grown."""
        # Not counted: what is made once.
        for one in await self._open("first", 1):
            self._writer.hub.release(one)
        before = resident()
        self._followed = await self._open("page", pages)
        return resident() - before

    async def trace(self, pages: int) -> int:
        """The same with others, for a moment; returns what the objects of Python take."""
        tracemalloc.start()
        followed = await self._open("traced", pages)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for one in followed:
            self._writer.hub.release(one)
        return taken

    async def write(self) -> int:
        """Commit to each of them; returns by how much the process has grown."""
        before = resident()
        for one in self._followed:
            await self._writer.commit(one)
        return resident() - before

    async def check(self) -> float:
        """Compare all positions with the log; returns how long it took (s)."""
        begin = perf_counter()
        await self._writer.hub.check.run()
        return perf_counter() - begin

    async def _open(self, name: str, pages: int) -> list[Followed]:
        instances = [Instance(_stores.of_page, f"{name}.{number}") for number in range(pages)]
        return [await self._writer.hub.acquire(instance) for instance in instances]


async def main() -> None:
    async with hub_writer(settings.LIVEEX["LOG"], timing=_TIMING) as writer:
        pages = Pages(writer)
        await obey({"open": pages.open, "trace": pages.trace, "write": pages.write, "check": pages.check})


if __name__ == "__main__":
    set_up()
    asyncio.run(main())
