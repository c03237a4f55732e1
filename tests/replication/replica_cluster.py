"""Several processes of replica_process.py: started, asked, stopped, and compared with the log that they follow."""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from liveex_django.replication import HistoryLost, Instance, Replica
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog

from .redis_server import RedisServer
from .replica_process import Ledger, Report, Setup, Shown, chain_of, digest_of, make_store

ROOT = Path(__file__).parents[2]
STORE = make_store()

# Whatever takes longer has hung; nothing to be measured by (s).
HANG = 60.0
# Between two looks at something that another process changes (s).
LOOK = 0.03
# In so many comparisons after a fault everything must be right again: one may have begun before its end, one finds what
# is missing, and one may still meet a connection that the fault has broken.
COMPARISONS = 3

# A task whose failure nobody looked at; those of channels_redis.core are its own.
_FORGOTTEN = re.compile(r"never retrieved\n(?!future: .*RedisChannelLayer)")

Holds = Callable[[Sequence[Report]], bool]

_numbers = count(1)


def new_key() -> str:
    """Of an instance that no other test has."""
    return f"k{next(_numbers)}"


class Refused(Exception):
    """What a process was asked for ended with an error of this class name."""


class ReplicaProcess:
    """One process, by its input and output."""

    def __init__(self, setup: Setup, process: asyncio.subprocess.Process, errors: Path) -> None:
        self.setup = setup
        self.errors = errors
        self._process = process
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, setup: Setup, folder: Path) -> "ReplicaProcess":
        """Its log goes to a file in the folder; it takes what it is asked for when it is ready."""
        errors = folder / f"{setup.name}.log"
        program = [sys.executable, "-m", "tests.replication.replica_process", json.dumps(asdict(setup))]
        with errors.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                *program,
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                limit=2**27,
            )
        return cls(setup, process, errors)

    async def ask(self, do: str, *, limit: float = HANG, **arguments: Any) -> Any:
        """
        Raises:
            Refused: It ended with an error.
        """
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"number": number, "do": do, **arguments}).encode() + b"\n")
        async with asyncio.timeout(limit):
            return await answer

    async def follow(self, key: str) -> None:
        await self.ask("follow", key=key)

    async def commit(self, key: str, count: int = 1, **options: Any) -> Ledger:
        """Options as the program takes them, and ``limit`` (s)."""
        return Ledger(**await self.ask("commit", key=key, count=count, **options))

    @asynccontextmanager
    async def committing(self, key: str) -> AsyncIterator[Ledger]:
        """Commits for the length of the block, one after another; at its end the ledger is filled."""
        ledger = Ledger()
        asked = asyncio.create_task(self.ask("commit", key=key, limit=4 * HANG))
        try:
            yield ledger
        finally:
            await self.ask("stop")
            ended = Ledger(**await asked)
            ledger.made, ledger.failed = ended.made, ended.failed

    async def report(self) -> Report:
        report = Report(**await self.ask("report"))
        report.shown = {key: Shown(**shown) for key, shown in report.shown.items()}
        return report

    @contextmanager
    def held_up(self):
        """It does nothing for the length of the block, with all its connections open."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    async def end(self) -> None:
        """Let it leave, and see that nothing has gone wrong without notice."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(HANG):
                code = await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise
        finally:
            await self._reading
        assert code == 0
        assert not _FORGOTTEN.search(self.errors.read_text())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            answer = json.loads(line)
            asked = self._asked.pop(answer["number"])
            if asked.done():
                continue
            if "error" in answer:
                asked.set_exception(Refused(f"{answer['error']}: {answer['text']}"))
            else:
                asked.set_result(answer["result"])
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(EOFError(f"{self.setup.name} has ended"))


class ReplicaCluster:
    """
    Processes over one log.

    Args:
        server: Of the log, to compare with.
    """

    def __init__(self, server: RedisServer, processes: Sequence[ReplicaProcess]) -> None:
        self.server = server
        self.processes = processes

    def __getitem__(self, number: int) -> ReplicaProcess:
        return self.processes[number]

    async def all(self, ask: Callable[[ReplicaProcess], Any]) -> list[Any]:
        """Ask all of them at once."""
        return await asyncio.gather(*map(ask, self.processes))

    async def follow(self, *keys: str) -> None:
        for key in keys:
            await self.all(lambda process, key=key: process.follow(key))

    async def leave(self) -> None:
        """Leave every instance."""
        for process, report in zip(self.processes, await self.reports(), strict=True):
            for key in report.shown:
                await process.ask("leave", key=key)

    @property
    def layer(self) -> str:
        """Which channel layer they have."""
        return self.processes[0].setup.layer

    async def reports(self) -> list[Report]:
        return await self.all(ReplicaProcess.report)

    async def until(self, holds: Holds) -> list[Report]:
        """Wait for something that the reports say, and return them."""
        async with asyncio.timeout(HANG):
            while not holds(reports := await self.reports()):  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(LOOK)
        return reports

    async def agree(self, *keys: str) -> list[Report]:
        """
        Wait until all who follow the instances show what the log has, within a few comparisons; then nobody may ever have
        shown what could not be.
        """
        before = await self.reports()

        async def is_right(reports: list[Report]) -> bool:
            heads = await self.heads(*keys)
            return all(
                list(shown.position) == heads[key] for report in reports for key, shown in _followed(report, keys)
            )

        async with asyncio.timeout(HANG):
            while not await is_right(reports := await self.reports()):
                compared = [
                    new.metrics["checks"] - old.metrics["checks"] for new, old in zip(reports, before, strict=True)
                ]
                is_busy = any(shown.is_mending for report in reports for _, shown in _followed(report, keys))
                assert min(compared) <= COMPARISONS or is_busy, (await self.heads(*keys), reports)
                await asyncio.sleep(LOOK)
        for key in keys:
            state = (await self.load(key)).state
            assert {shown.digest for report in reports for _, shown in _followed(report, [key])} == {digest_of(state)}
        assert [shown.wrong for report in reports for _, shown in _followed(report, keys) if shown.wrong] == []
        return reports

    async def hear(self, *keys: str) -> None:
        """Wait until what one process commits to the instances reaches all others by its message."""
        async with asyncio.timeout(HANG):
            for key in keys:
                is_heard = False
                while not is_heard:
                    before = await self.reports()
                    await self[0].commit(key)
                    after = await self.agree(key)
                    pairs = list(zip(after, before, strict=True))[1:]
                    is_heard = all(new.metrics["applied"] > old.metrics["applied"] for new, old in pairs)

    async def load(self, key: str) -> Replica:
        """What the log has, read afresh."""
        log = RedisMutationLog(self.server.url)
        loaded = await log.load(Instance(STORE, key))
        await log.close()
        assert loaded is not None
        return Replica(STORE, *loaded)

    async def heads(self, *keys: str) -> dict[str, list[Any] | None]:
        log = RedisMutationLog(self.server.url)
        heads = await log.heads([Instance(STORE, key) for key in keys])
        await log.close()
        return {
            key: None if head is None else [head.epoch, head.version, head.id]
            for key, head in zip(keys, heads, strict=True)
        }

    async def check_ledgers(self, key: str, ledgers: Iterable[Ledger], reports: Iterable[Report]) -> Counter[str]:
        """
        Compare what became of all commits with the log, in which each has its place once or none.

        Returns:
            How many were made, "lost" afterwards, and are "unknown" and in the log after all; none that are zero.
        """
        replica, texts = await self.load(key), texts_in(self.server, key)
        epoch, found = replica.position.epoch, {text: version for version, text in enumerate(texts, 1)}
        counted: Counter[str] = Counter()
        known = set()
        for ledger in ledgers:
            for committed_in, version, text in ledger.made:
                counted["made"] += 1
                is_there = committed_in == epoch and found.get(text) == version
                assert is_there or text not in found
                counted["lost"] += not is_there
                known.add(text)
            for name, failed in ledger.failed.items():
                for text in failed:
                    # All other errors say that nothing was committed.
                    assert text not in found or name == "OutcomeUnknown", (name, text)
                    counted["unknown"] += text in found
                    known.add(text)
        assert set(found) <= known
        assert replica.state["count"] == len(texts) == replica.position.version
        assert replica.state["chain"] == chain_of(texts)
        if counted["lost"]:
            assert all(HistoryLost.__name__ in report.shown[key].told for report in reports)
        return +counted


def _followed(report: Report, keys: Iterable[str]) -> list[tuple[str, Shown]]:
    return [(key, report.shown[key]) for key in keys if key in report.shown]


def texts_in(server: RedisServer, key: str) -> list[str]:
    """
    The texts of all entries that the log was ever given in its present history, oldest first, trimmed ones too: their
    ids are kept for a day.
    """
    with server.admin() as admin:
        ids: Any = admin.zrange(keys_of("liveex", Instance(STORE, key)).ids, 0, -1, withscores=True)
    assert [int(version) for _, version in ids] == list(range(1, len(ids) + 1))
    return [id.decode().removesuffix(".1") for id, _ in ids]


@asynccontextmanager
async def cluster_of(
    number: int, server: RedisServer, folder: Path, *, layer: str = "pubsub", **options: Any
) -> AsyncIterator[ReplicaCluster]:
    """So many processes, for the length of a block; ``options`` as :class:`Setup` has them."""
    options = {"log": server.url, "layer_url": server.url, "layer": layer, **options}
    setups = [Setup(name=f"p{one}", **options) for one in range(number)]
    async with started(server, folder, *setups) as cluster:
        yield cluster


@asynccontextmanager
async def started(server: RedisServer, folder: Path, *setups: Setup) -> AsyncIterator[ReplicaCluster]:
    """Processes of several kinds, for the length of a block."""
    processes = [await ReplicaProcess.start(setup, folder) for setup in setups]
    try:
        cluster = ReplicaCluster(server, processes)
        await cluster.reports()
        yield cluster
    finally:
        ended = await asyncio.gather(*(process.end() for process in processes), return_exceptions=True)
    for error in ended:
        if error is not None:
            raise error


def is_told(key: str, change: str) -> Holds:
    """Whether everybody was told of a change of an instance."""
    return lambda reports: all(change in report.shown[key].told for report in reports)


def is_beyond(key: str, version: int, *, since: str = "") -> Holds:
    """Whether everybody shows more than a version, of another history than ``since``."""

    def holds(reports: Sequence[Report]) -> bool:
        positions = [report.shown[key].position for report in reports]
        return all(position[0] != since and position[1] > version for position in positions)

    return holds


def is_sound(reports: Sequence[Report]) -> bool:
    """Whether nobody says that the log does not answer."""
    return not any(report.is_degraded for report in reports)
