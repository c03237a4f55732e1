"""``kill -9`` in the middle of an event: the page comes to another process, and sends the event again."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from liveex_django.exceptions import LogUnreachable
from liveex_django.replication import process
from tests.replication.redis_server import running

from . import killed

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
# A hang guard (s).
LIMIT = 60


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
async def on_redis(settings, server):
    with server.admin() as admin:
        admin.flushall()
    process.get_log.cache_clear()
    settings.LIVEEX = {"LOG": server.url, "THREADS": 0}
    settings.ROOT_URLCONF = "tests.live.killed"
    yield
    await process.close_hub()
    await process.get_log().close()
    process.get_log.cache_clear()


@pytest.fixture
def diary(tmp_path, monkeypatch):
    """Side effects of both processes."""
    monkeypatch.setattr(killed, "diary", tmp_path / "diary")
    return killed.diary


@pytest.fixture
def kill_in(server, diary):
    """Serve the page in a process that dies in an event; gives what the page has kept."""

    def run(event, point):
        program = [sys.executable, "-m", "tests.live.killed_process", server.url, event, point, str(diary)]
        ended = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=False)  # noqa: S603
        assert ended.returncode == -signal.SIGKILL, ended.stdout
        return json.loads(ended.stdout)

    return run


async def come_back(browser, kept, event):
    """The page joins here, and sends the event again; the answer to that."""
    tab = browser()
    tab.tokens, tab.digests = kept
    await tab.join()
    return (await tab.event(event))["reply"]


async def count():
    state = await killed.store.at().aget_state()
    return state["count"]


class TestEvents:
    @pytest.mark.parametrize(
        ("event", "point", "applied", "written"),
        [
            ("sell", "before all", 0, ""),
            ("sell", "between", 0, "sold\n"),
            ("sell", "before the script", 0, "sold\n"),
            ("sell", "in a catch-up", 0, "sold\n"),
            ("sell", "after the script", 1, "sold\n"),
            ("sell", "after the commit", 1, "sold\n"),
            ("sell", "in a snapshot", 1, "sold\n"),
            ("sell", "before the reply", 1, "sold\n"),
            ("handle", "after the commit", 1, "sold\n"),
            ("handle", "after the action", 1, "sold\n"),
        ],
    )
    async def test_are_unknown_and_never_run_twice(self, browser, kill_in, diary, event, point, applied, written):
        diary.touch()
        kept = kill_in(event, point)

        replies = [await come_back(browser, kept, event) for _ in range(2)]

        assert replies == [[1, "unknown"]] * 2
        assert await count() == applied
        assert diary.read_text() == written


class TestLogThatIsAway:
    async def test_an_event_that_cannot_be_claimed_fails_and_pages_are_told_of_the_log(self, browser, monkeypatch):
        async def be_away(claims):
            raise LogUnreachable("redis://there", "away")

        tab = browser()
        await tab.open("/killed/")
        told = []
        process.current_hub().condition.subscribe(told.append)
        monkeypatch.setattr(process.get_log().claims, "claim", be_away)

        frame = await tab.event("sell")

        assert frame["reply"][2]["code"] == "liveex.log-unreachable"
        assert told[0] is True
        assert await count() == 0


class TestIdempotentEvents:
    @pytest.mark.parametrize("point", ["before the script", "in a catch-up", "after the script", "before the reply"])
    async def test_are_applied_once_wherever_the_commit_was(self, browser, kill_in, point):
        kept = kill_in("sell_again", point)

        replies = [await come_back(browser, kept, "sell_again") for _ in range(2)]

        assert replies == [[1, "applied"]] * 2
        assert await count() == 1

    @pytest.mark.parametrize("point", ["before all", "between", "after the commit"])
    @pytest.mark.parametrize("event", ["sell_again", "look_and_sell", "look_and_handle"])
    async def test_are_applied_once(self, browser, kill_in, event, point):
        kept = kill_in(event, point)

        replies = [await come_back(browser, kept, event) for _ in range(2)]

        assert replies == [[1, "applied"]] * 2
        assert await count() == 1

    async def test_of_a_handler_are_applied_once_when_it_dies_behind_its_dispatch(self, browser, kill_in):
        kept = kill_in("look_and_handle", "after the action")

        assert await come_back(browser, kept, "look_and_handle") == [1, "applied"]
        assert await count() == 1
