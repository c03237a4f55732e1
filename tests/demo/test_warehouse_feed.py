"""Who moves stock in the warehouse all day: what it draws, its thread and its command."""

import asyncio
import logging
import os
import queue
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo_project.warehouse import store as warehouse
from demo_project.warehouse.feed import Feed, WithoutFeed, draw, fed
from liveex_django.replication import get_log
from tests.demo.markdown import ROOT
from tests.demo.window import PATIENCE
from tests.replication.redis_server import RedisServer, running


@pytest.fixture
def fresh_log() -> None:
    get_log().clear()


StartFeed = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start_feed() -> Iterator[StartFeed]:
    """Starts ``manage.py warehouse_feed``, with nothing of ours in the environment but what is given."""
    started: list[subprocess.Popen[str]] = []

    def start_feed(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        feed = subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "error", "-u", "manage.py", "warehouse_feed", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(feed)
        return feed

    yield start_feed
    for feed in started:
        with feed:  # closes its pipes, and waits for it
            feed.kill()


class TestDraw:
    def test_is_the_same_with_the_same_seed(self):
        items = warehouse.make_items()

        one, two, other = ([draw(chance, items) for _ in range(9)] for chance in map(random.Random, (5, 5, 6)))

        assert one == two != other

    def test_never_asks_for_what_is_refused(self):
        chance, state = random.Random(1), warehouse.initial_state()

        for _ in range(2000):
            warehouse.record(state, *draw(chance, state["items"]), "feed", datetime.now(UTC))

        assert state["movements"] == 2000

    def test_keeps_the_warehouse_neither_empty_nor_full(self):
        chance, state = random.Random(1), warehouse.initial_state()

        for _ in range(5000):
            warehouse.record(state, *draw(chance, state["items"]), "feed", datetime.now(UTC))

        assert 5_000 < sum(item["stock"] for item in state["items"].values()) < 40_000

    def test_fills_up_an_empty_warehouse(self):
        items = {sku: {**item, "stock": 0} for sku, item in warehouse.make_items().items()}

        assert draw(random.Random(1), items).kind == "received"


@pytest.mark.usefixtures("fresh_log")
class TestFeed:
    def test_moves_stock_in_its_own_name(self):
        made = []

        Feed(every=0, count=3, seed=4, report=made.append).run()

        lines = warehouse.store.at().get_state()["lines"]
        assert [(line["number"], line["who"]) for line in lines] == [(3, "feed"), (2, "feed"), (1, "feed")]
        assert [(line["kind"], line["quantity"]) for line in lines] == [movement[1:] for movement in reversed(made)]

    def test_stops_after_the_movement_it_is_at(self):
        feed = Feed(every=PATIENCE, report=lambda _: feed.stop())

        feed.run()

        assert warehouse.store.at().get_state()["movements"] == 1


@pytest.mark.usefixtures("fresh_log")
class TestFed:
    async def test_begins_with_the_first_request_and_once(self):
        served, made = [], queue.SimpleQueue()

        async def application(scope, receive, send):
            served.append(scope["type"])

        application = fed(application, Feed(every=0, count=2, report=made.put))
        for kind in ("lifespan", "http", "websocket"):
            await application({"type": kind}, None, None)

        for _ in range(2):
            await asyncio.to_thread(made.get, timeout=PATIENCE)
        assert served == ["lifespan", "http", "websocket"]
        assert (await warehouse.store.at().aget_state())["movements"] == 2

    def test_ends_with_its_server(self):
        # One that moves stock as quickly as it can, and ends in the middle of it.
        code = """if True:
            import asyncio, django, threading; django.setup()
            from demo_project.warehouse.feed import Feed, fed
            from liveex_django.replication import mark_as_serving
            has_moved = threading.Event()

            async def application(scope, receive, send):
                mark_as_serving()
                await asyncio.to_thread(has_moved.wait, 60)

            asyncio.run(fed(application, Feed(every=0, report=lambda _: has_moved.set()))({"type": "http"}, None, None))
            assert has_moved.is_set()
        """

        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "demo_project.settings"},
            capture_output=True,
            text=True,
            check=False,
        )

        assert ended.returncode == 0, ended.stderr
        assert "Exception in thread" not in ended.stderr


class TestWithoutFeed:
    @pytest.mark.parametrize(
        ("commit", "is_kept"),
        [
            ({"store": "warehouse", "action": "move"}, False),
            ({"store": "warehouse", "action": "ship"}, True),
            ({"store": "items", "action": "move"}, True),
        ],
    )
    def test_keeps_records_of_what_people_do(self, commit: dict[str, str], is_kept: bool):
        record = logging.makeLogRecord({"liveex": commit})

        assert WithoutFeed().filter(record) is is_kept

    def test_keeps_records_of_anything_else(self):
        assert WithoutFeed().filter(logging.makeLogRecord({}))


@pytest.fixture
def redis(redis_server_program: str, tmp_path: Path) -> Iterator[RedisServer]:
    with running(redis_server_program, tmp_path, appendonly="yes") as server:
        yield server


class TestTheCommand:
    def test_says_what_it_moves_when_asked_to(self, start_feed: StartFeed, redis: RedisServer):
        feed = start_feed("--every", "0", "--count", "3", "--seed", "4", "--verbosity", "2", REDIS_URL=redis.url)

        said, complained = feed.communicate(timeout=60)

        assert (feed.returncode, complained) == (0, "")
        lines = said.splitlines()
        assert len(lines) == 3
        assert all(" of " in line and line.split()[0] in {"received", "shipped"} for line in lines)

    def test_is_silent_otherwise(self, start_feed: StartFeed, redis: RedisServer):
        feed = start_feed("--every", "0", "--count", "3", REDIS_URL=redis.url)

        assert feed.communicate(timeout=60) == ("", "")

    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
    def test_stops_cleanly_when_told_to(self, start_feed: StartFeed, redis: RedisServer, how: signal.Signals):
        feed = start_feed("--every", "600", "--verbosity", "2", REDIS_URL=redis.url)
        assert feed.stdout is not None
        feed.stdout.readline()

        feed.send_signal(how)

        assert feed.communicate(timeout=60) == ("", "")
        assert feed.returncode == 0

    def test_goes_on_when_redis_was_away(self, start_feed: StartFeed, redis: RedisServer):
        feed = start_feed("--every", "0.2", "--verbosity", "2", REDIS_URL=redis.url)
        assert feed.stdout is not None
        assert feed.stderr is not None
        feed.stdout.readline()

        redis.stop()
        assert "Nothing could be moved" in feed.stderr.readline()
        redis.start()

        # More lines than it can have said before.
        assert all(feed.stdout.readline() for _ in range(20))

    def test_would_move_nothing_that_anybody_sees_without_redis(self, start_feed: StartFeed):
        feed = start_feed("--count", "1")

        _, complained = feed.communicate(timeout=60)

        assert feed.returncode == 1
        assert "A change to store 'warehouse' was asked for in a process that serves no live pages" in complained

    @pytest.mark.parametrize("arguments", [("--every", "-1"), ("--every", "nan"), ("--count", "0"), ("--seed", "x")])
    def test_refuses_numbers_that_cannot_be(self, start_feed: StartFeed, arguments: tuple[str, str]):
        feed = start_feed(*arguments)

        _, complained = feed.communicate(timeout=60)

        assert feed.returncode == 2
        assert arguments[0] in complained
