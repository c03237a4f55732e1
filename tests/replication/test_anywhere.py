"""
Dispatch from wherever a project has code, over a real Redis and a real channel layer: every page follows, and the
process that asked has nothing left open.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from liveex_django.replication import get_log
from liveex_django.replication.process import close_hub
from tests.live.browser import Browser

from .redis_server import running

ROOT = Path(__file__).parents[2]
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"
CORE = "channels_redis.core.RedisChannelLayer"
# What takes longer has failed (s).
LIMIT = 180


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


def run(server, *arguments, layer=PUBSUB):
    """What a process with the settings of ``tests.redis_settings`` printed; it may warn of nothing."""
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env=server.environment(layer),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


class TestCallsInARow:
    @pytest.mark.parametrize(
        ("way", "count", "layer"),
        [
            ("sync", 1000, PUBSUB),
            ("one_loop", 1000, PUBSUB),
            ("many_loops", 50, PUBSUB),
            ("plain_def", 50, PUBSUB),
            ("from_sync_to_async", 50, PUBSUB),
            ("from_async_to_sync", 50, PUBSUB),
            ("views", 50, PUBSUB),
            ("signal", 50, PUBSUB),
            ("on_commit", 50, PUBSUB),
            ("atomic", 50, PUBSUB),
            ("command", 50, PUBSUB),
            ("subscribed", 50, PUBSUB),
            ("sync", 50, CORE),
            ("one_loop", 50, CORE),
            ("many_loops", 50, CORE),
        ],
    )
    def test_are_all_made_and_leave_nothing_open(self, server, way, count, layer):
        with server.admin() as admin:
            admin.flushall()

        said = json.loads(run(server, "-m", "tests.replication.anywhere", way, str(count), layer=layer))

        assert said["after"] == said["before"]
        assert said["after"]["clients of Redis"] == 0
        assert said["count"] == count + 1


SCRIPT = """
import asyncio, django
django.setup()
from tests.live.stores import board
"""


class TestAPageOfAnotherProcess:
    @pytest.fixture
    async def page(self, settings, server, transactional_db):
        """A page that this process serves. Only the channel layer tells it what to do: it does not ask the log meanwhile."""
        with server.admin() as admin:
            admin.flushall()
        settings.LIVEEX = {"THREADS": 0, "CHECK_INTERVAL": 3600}
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": PUBSUB, "CONFIG": {"hosts": [server.url]}}}
        get_log.cache_clear()
        page = Browser()
        await page.open("/count/")
        yield page
        await page.close()
        await close_hub()
        await get_log().close()
        get_log.cache_clear()

    @pytest.mark.parametrize(
        "program",
        [
            ("-m", "django", "liveex_dispatch", "tests.board", "bump", "--skip-checks"),
            ("-m", "django", "shell", "-v0", "-c", "from tests.live.stores import board; board.at().dispatch('bump')"),
            ("-c", f"{SCRIPT}board.at().dispatch('bump')"),
            ("-c", f"{SCRIPT}asyncio.run(board.at().adispatch('bump'))"),
            ("-c", f"{SCRIPT}asyncio.run(board.at().acommit('add'))"),
        ],
        ids=["command", "shell", "sync script", "async script", "async commit"],
    )
    async def test_shows_what_was_dispatched_here(self, server, page, program):
        await asyncio.to_thread(run, server, *program)

        assert "1" in str(await page.patch())
