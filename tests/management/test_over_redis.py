"""The commands as processes of their own, beside others, over a real Redis and a real channel layer."""

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from liveex_django.replication import get_log
from tests.live.stores import board
from tests.replication.redis_server import running

ROOT = Path(__file__).parents[2]
# What takes longer has failed (s).
LIMIT = 60


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def another_process(settings, server):
    """This one commits to the same log."""
    with server.admin() as admin:
        admin.flushall()
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [server.url]},
        }
    }
    get_log.cache_clear()
    yield
    get_log.cache_clear()


class Follower:
    """``liveex_log --follow`` in a process of its own."""

    def __init__(self, server, *options):
        # The URLconf of the tests has views that are wrong on purpose.
        command = ["-m", "django", "liveex_log", "tests.board", "--follow", "--json", "--skip-checks", *options]
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "error", *command],
            cwd=ROOT,
            env=server.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Whatever waits for it then goes on, and fails.
        self._limit = threading.Timer(LIMIT, self.process.kill)
        self._limit.start()

    def read(self, number):
        return [json.loads(self.process.stdout.readline()) for _ in range(number)]

    def end(self):
        """Waits until it has ended; returns its exit code, and what it had to complain of."""
        errors = self.process.stderr.read()
        return self.process.wait(), errors

    def stop(self):
        self._limit.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def follow(server):
    """Starts followers; each has begun to follow when it has told the first entry."""
    started = []

    def follow(*options):
        started.append(Follower(server, *options))
        return started[-1]

    yield follow
    for follower in started:
        follower.stop()


def add(*amounts):
    for amount in amounts:
        board.at().commit("add", amount)


class TestFollow:
    def test_tells_what_other_processes_commit_until_ctrl_c(self, follow, server):
        add(1, 1)
        follower = follow()
        entries = follower.read(2)
        add(1, 1, 1)

        entries += follower.read(3)
        follower.process.send_signal(signal.SIGINT)

        assert [entry["version"] for entry in entries] == [1, 2, 3, 4, 5]
        assert [entry["changes"][0]["after"] for entry in entries] == [1, 2, 3, 4, 5]
        assert follower.end() == (0, "")
        assert follower.process.stdout.read() == ""
        assert server.clients() == 0

    def test_ends_without_a_word_when_nobody_reads_it_any_more(self, follow):
        add(1)
        follower = follow()
        follower.read(1)

        follower.process.stdout.close()
        add(1)

        assert follower.end() == (0, "")

    def test_tells_when_the_log_was_emptied_and_goes_on_with_what_is_there(self, follow, server):
        add(1, 2)
        follower = follow()
        follower.read(2)
        with server.admin() as admin:
            admin.flushall()
        add(5)

        lost, entry = follower.read(2)

        assert lost["lost"] == {"epoch": entry["epoch"], "after": 0}
        assert (entry["version"], entry["changes"][0]["after"]) == (1, 5)

    def test_of_a_pipe_that_takes_one_line_ends_too(self, server):
        add(1, 2, 3)
        log = f"{shlex.quote(sys.executable)} -W error -m django liveex_log tests.board --json --skip-checks"

        ran = subprocess.run(  # noqa: S603
            ["bash", "-c", f"{log} | head -n 1; exit ${{PIPESTATUS[0]}}"],  # noqa: S607
            cwd=ROOT,
            env=server.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )

        assert (ran.returncode, ran.stderr) == (0, "")
        assert json.loads(ran.stdout)["version"] == 1


class TestExitCodes:
    """In the demo, with the system checks that every command begins with."""

    def run(self, *arguments, **environment):
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        return subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", "liveex_dispatch", *arguments],
            cwd=ROOT,
            env={**inherited, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT,
        )

    def test_is_0_for_what_was_applied(self, server):
        ran = self.run("counter", "increment", "--json", REDIS_URL=server.url)

        assert (ran.returncode, ran.stdout) == (0, '{"outcome":"applied","returned":null}\n')

    def test_is_1_for_what_was_not(self, server):
        ran = self.run("counter", "increment", '{"by": 2}', REDIS_URL=server.url)

        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr.startswith("CommandError: Action 'increment' of store 'counter' has no parameter 'by'")

    def test_is_1_for_a_change_that_nobody_would_see(self):
        ran = self.run("counter", "increment")

        assert ran.returncode == 1
        assert "nobody would ever see it. Run Redis" in ran.stderr
