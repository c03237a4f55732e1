"""
Commits per second through the whole hub, beside the bare script.

The hub: a mutation runs on a draft, its patches are encoded and appended, the replica applies them, and a message is sent
to whoever follows the instance, this process too. It counts until the channel layer has taken the last message. As a
program this is one of several processes that write at once.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from django.conf import settings

from liveex_django.replication import Instance

from . import _stores
from ._bare_script import BareScript
from ._hub_writer import HubWriter, hub_writer
from ._program import Program, obey, running, set_up
from ._rounds import Measure, in_turns, ratio, report, title

IN_FLIGHT = 32
# Of the bare script's rate, by one writer that awaits each commit.
GOAL = 0.5


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    # Of one round of one process.
    commits: int
    processes: tuple[int, ...] = (2, 4)


async def measure(url: str, size: Size) -> None:
    title("commits to a counter", "per second", "of bare")
    async with hub_writer(url, connections=IN_FLIGHT) as writer:
        bare = BareScript(url, writer.log, IN_FLIGHT)
        try:
            await _in_one_process(writer, bare, size)
        finally:
            await bare.close()
    await _in_several_processes(size)


async def _in_one_process(writer: HubWriter, bare: BareScript, size: Size) -> None:
    each = size.commits // IN_FLIGHT
    found = await in_turns(
        size.rounds,
        {
            "bare": lambda number: bare.rate(_keys("bare", number), size.commits),
            "hub": lambda number: writer.rate(_keys("hub", number), 1, size.commits),
        },
    )
    _report("one writer", found, {"hub": "the hub"}, GOAL)
    found = await in_turns(
        size.rounds,
        {
            "bare": lambda number: bare.rate(_keys("bares", number, IN_FLIGHT), each),
            "one": lambda number: writer.rate(_keys("busy", number), IN_FLIGHT, each),
            "many": lambda number: writer.rate(_keys("hubs", number, IN_FLIGHT), 1, each),
        },
    )
    names = {"one": "the hub, all to one instance", "many": f"the hub, to {IN_FLIGHT} instances"}
    _report(f"{IN_FLIGHT} in flight", found, names)


async def _in_several_processes(size: Size) -> None:
    async with AsyncExitStack() as stack:
        programs = [await stack.enter_async_context(running("_commits")) for _ in range(max(size.processes))]
        for count in size.processes:
            writers = programs[:count]
            found = await in_turns(
                size.rounds,
                {"bare": _sum_of(writers, "bare", size.commits), "hub": _sum_of(writers, "hub", size.commits)},
            )
            _report(f"{count} processes", found, {"hub": "the hub, all to one instance"})


def _sum_of(writers: Sequence[Program], kind: str, commits: int) -> Measure[float]:
    """All of them at once, from the moment when the last is ready to the moment when the last is done."""

    async def rate(number: int) -> float:
        asks = [
            partial(program.ask, kind=kind, key=_key(kind, len(writers), number, index), commits=commits)
            for index, program in enumerate(writers)
        ]
        await asyncio.gather(*(ask("prepare") for ask in asks))
        begin = perf_counter()
        await asyncio.gather(*(ask("write") for ask in asks))
        spent = perf_counter() - begin
        await asyncio.gather(*(ask("end") for ask in asks))
        return len(writers) * commits / spent

    return rate


def _key(kind: str, writers: int, number: int, index: int) -> str:
    """The hubs write to one instance. A bare call does nothing about having lost a race, so each gets its own."""
    return f"{writers}.{kind}.{number}" + (f".{index}" if kind == "bare" else "")


def _keys(name: str, number: int, count: int = 1) -> list[Instance]:
    return [Instance(_stores.by_key, f"{name}.{number}.{index}") for index in range(count)]


def _report(who: str, found: dict[str, list[float]], names: dict[str, str], goal: float | None = None) -> None:
    own = "" if who == "one writer" else ", each to a key of its own"
    report(f"{who}: the bare script{own}", f"{median(found['bare']):.0f}")
    for kind, name in names.items():
        part = ratio(found[kind], found["bare"])
        text = "" if goal is None else f"{goal:.0%}"
        report(f"{who}: {name}", f"{median(found[kind]):.0f}", f"{part:.0%}", goal=text, is_met=part >= (goal or 0))


# The program


class Writer:
    """One of the processes. ``prepare``, ``write`` and ``end`` are told apart, so that all of them begin at once."""

    def __init__(self, writer: HubWriter, bare: BareScript) -> None:
        self._writer = writer
        self._bare = bare

    async def prepare(self, kind: str, key: str, commits: int) -> None:
        instance = Instance(_stores.by_key, key)
        if kind == "bare":
            self._works = await self._bare.prepare([instance], commits)
        else:
            self._followed = await self._writer.hub.acquire(instance)

    async def write(self, kind: str, key: str, commits: int) -> None:
        if kind == "bare":
            await self._bare.run(self._works)
        else:
            await self._writer.write([self._followed], 1, commits)

    async def end(self, kind: str, key: str, commits: int) -> None:
        if kind == "hub":
            self._writer.hub.release(self._followed)


async def main() -> None:
    url = settings.LIVEEX["LOG"]
    async with hub_writer(url) as writer:
        bare = BareScript(url, writer.log)
        program = Writer(writer, bare)
        await obey({"prepare": program.prepare, "write": program.write, "end": program.end})
        await bare.close()


if __name__ == "__main__":
    set_up()
    asyncio.run(main())
