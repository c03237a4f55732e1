"""
A process with one hub over a log in Redis and a channel layer: ``python -m tests.replication.replica_process SETUP``.

``SETUP`` is a :class:`Setup` as JSON. Then each line of its input is a JSON object that asks for something, and is
answered by one line with the same ``number``; several may be on their way at once. It ends with its input.

===============================  ===================================================================================
``follow``, ``leave`` (``key``)  an instance of the store
``commit`` (``key``, ``count``,  commits texts of its own, as fast as it can, with so many on their way at once;
``in_flight``, ``padding``)      without ``count`` until ``stop``. Answers with a :class:`Ledger`
``report``                       a :class:`Report`
===============================  ===================================================================================
"""

import asyncio
import dataclasses
import json
import logging
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from liveex_django.exceptions import LogError
from liveex_django.replication import Change, Committed, HistoryLost, Hub, Instance, Origin, Position
from liveex_django.replication.clock import clock_set_to
from liveex_django.replication.commits import commit
from liveex_django.replication.followed import Followed
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.replication.timing import Timing
from liveex_django.store import Store
from liveex_django.store.codec import encode_state

from .build import call


@dataclass(frozen=True)
class Setup:
    """``layer`` is "pubsub" or "core"; ``clock`` is how far this process's clock is ahead of others (s)."""

    name: str
    log: str
    layer: str
    layer_url: str
    check: float = 1.0
    probe: float = 1.0
    answer: float = 5.0
    outcome: float = 30.0
    clock: float = 0.0


@dataclass
class Ledger:
    """
    What became of commits. Each committed one text; its entry has the id ``"<text>.1"``.

    Attributes:
        made: Acknowledged, with the epoch and version of their entries.
        failed: Texts that ended with an error, by the name of its class.
    """

    made: list[tuple[str, int, str]] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Shown:
    """
    What a page here would show of an instance, and was told.

    Attributes:
        told: The classes of all changes but commits, in order.
        wrong: What cannot be: a step back, to the side or over something, of which nobody said so.
    """

    position: tuple[str, int, str]
    digest: str
    phase: str
    is_mending: bool
    told: list[str]
    wrong: list[str]


@dataclass
class Report:
    """``told`` has each change of the condition: whether it was degraded then."""

    shown: dict[str, Shown]
    metrics: dict[str, int]
    is_degraded: bool
    told: list[bool]
    quarantined: list[str]


def make_store() -> Store:
    """Its state depends on every text that was ever written, and on their order."""
    store = Store("test.chain", scope="key", state={"count": 0, "chain": "", "last": ""})

    @store.mutation
    def write(state, text: str, padding: str = ""):
        state["count"] += 1
        state["chain"] = link(state["chain"], text)
        state["last"] = padding

    return store


def link(chain: str, text: str) -> str:
    """The chain with one more text."""
    return blake2b(f"{chain} {text}".encode(), digest_size=16).hexdigest()


def chain_of(texts: Iterable[str]) -> str:
    """What the state's chain is after these texts."""
    chain = ""
    for text in texts:
        chain = link(chain, text)
    return chain


def digest_of(state: Any) -> str:
    """Two states have the same one when they are the same."""
    return blake2b(encode_state(state), digest_size=16).hexdigest()


def make_layer(kind: str, url: str) -> Any:
    """A channel layer as a project has it."""
    if kind == "pubsub":
        return RedisPubSubChannelLayer(hosts=[url])
    # redis-py 8 gives up on a connection that is silent for 5 s, and a channel without messages is.
    return RedisChannelLayer(hosts=[{"address": url, "socket_timeout": 30}])


class Page:
    """Somebody who looks at an instance: notes what it is told, and whether it can be true."""

    def __init__(self, followed: Followed) -> None:
        self.followed = followed
        self.position = followed.replica.position
        self.state = followed.replica.state
        self.told: list[str] = []
        self.wrong: list[str] = []
        followed.subscribe(self.take)

    def take(self, change: Change) -> None:
        before = self.position
        if isinstance(change, Committed):
            entry = change.entry
            self.position = Position(entry.epoch, entry.version, entry.id)
            follows = entry.epoch == before.epoch and entry.version == before.version + 1
            if not follows or change.before != self.state:
                self.wrong.append(f"{self.position} came after {before}")
            self.state = change.after
        else:
            replica = self.followed.replica
            self.position, self.state = replica.position, replica.state
            self.told.append(type(change).__name__)
            goes_on = self.position.epoch == before.epoch and self.position.version >= before.version
            if not isinstance(change, HistoryLost) and not goes_on:
                self.wrong.append(f"{type(change).__name__} led from {before} to {self.position}")

    def shown(self) -> Shown:
        followed, position = self.followed, self.position
        return Shown(
            (position.epoch, position.version, position.id),
            digest_of(self.state),
            followed.phase.value,
            followed.mending is not None,
            self.told,
            self.wrong,
        )


class Process:
    def __init__(self, setup: Setup, hub: Hub) -> None:
        self.setup = setup
        self.hub = hub
        self.store = make_store()
        self.pages: dict[str, Page] = {}
        self.conditions: list[bool] = []
        self.texts = 0
        self.is_stopped = False
        hub.condition.subscribe(self.conditions.append)

    async def follow(self, key: str) -> None:
        self.pages[key] = Page(await self.hub.acquire(Instance(self.store, key)))

    async def leave(self, key: str) -> None:
        self.hub.release(self.pages.pop(key).followed)

    async def commit(self, key: str, count: int | None = None, in_flight: int = 1, padding: int = 0) -> Ledger:
        ledger, left = Ledger(), iter(range(count)) if count is not None else iter(int, 1)
        followed = self.pages[key].followed
        self.is_stopped = False

        async def work() -> None:
            for _ in left:
                if self.is_stopped:
                    break
                self.texts += 1
                text = f"{self.setup.name}.{self.texts}"
                calls = [call(self.store, "write", text=text, padding="x" * padding)]
                try:
                    entry = await commit(self.hub, followed, calls, Origin(id=text), 1)
                except LogError as error:
                    ledger.failed.setdefault(type(error).__name__, []).append(text)
                else:
                    ledger.made.append((entry.epoch, entry.version, text))

        await asyncio.gather(*(work() for _ in range(in_flight)))
        return ledger

    async def stop(self) -> None:
        self.is_stopped = True

    async def report(self) -> Report:
        quarantined = self.hub.mending.quarantined
        return Report(
            {key: page.shown() for key, page in self.pages.items()},
            dataclasses.asdict(self.hub.metrics),
            self.hub.condition.is_degraded,
            self.conditions,
            [key for key, page in self.pages.items() if page.followed.instance.digest in quarantined],
        )

    async def answer(self, number: int, do: str, **arguments: Any) -> None:
        answer: dict[str, Any] = {"number": number}
        try:
            result = await getattr(self, do)(**arguments)
        except Exception as error:
            answer |= {"error": type(error).__name__, "text": str(error)}
        else:
            answer["result"] = dataclasses.asdict(result) if result is not None else None
        print(json.dumps(answer), flush=True)  # noqa: T201 - its work


async def serve(setup: Setup) -> None:
    log = RedisMutationLog(setup.log, patience=Patience(setup.answer, setup.outcome))
    layer = make_layer(setup.layer, setup.layer_url)
    hub = Hub(log, layer, Timing(check=setup.check, probe=setup.probe, linger=0.0))
    process = Process(setup, hub)
    # As every process that serves pages, which hears of logouts.
    listening = asyncio.create_task(hub.announcements.listen("anything", lambda content: None))
    lines = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    answering = set()
    async for line in lines:
        task = asyncio.create_task(process.answer(**json.loads(line)))
        answering.add(task)
        task.add_done_callback(answering.discard)
    for task in answering:
        task.cancel()
    await asyncio.wait([listening, *answering])
    await hub.close(drain=5)
    await log.close()
    await (layer.flush() if setup.layer == "pubsub" else layer.close_pools())


def main(setup: Setup) -> None:
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    settings.configure(USE_TZ=True)
    system_time, ahead = time.time, timedelta(seconds=setup.clock)
    time.time = lambda: system_time() + setup.clock
    with clock_set_to(lambda: datetime.now(UTC) + ahead):
        asyncio.run(serve(setup))


if __name__ == "__main__":
    main(Setup(**json.loads(sys.argv[1])))
