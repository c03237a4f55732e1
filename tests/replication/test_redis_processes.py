"""
Several processes commit to one instance in Redis while it is made hard for them.

``make soak`` runs this with LIVEEX_SOAK=10: 100 000 commits.
"""

import asyncio
import os
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from liveex_django.replication import Instance
from liveex_django.replication.redis_log import RedisMutationLog

from .build import EMPTY, make_counter
from .redis_server import running

SCALE = int(os.environ.get("LIVEEX_SOAK", "1"))
PROCESSES = 4
# All of them is what ``make soak`` is for.
COMMITS = 2_500 * SCALE if SCALE > 1 else 250
# A hang guard, nothing to be measured by (s).
LIMIT = 60 + COMMITS // 50
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(redis_server_program, tmp_path):
    with running(redis_server_program, tmp_path) as server:
        yield server


@contextmanager
def again_and_again(work, *, every):
    """Call ``work`` every so many seconds in a thread, for the length of a block."""
    over = threading.Event()

    def repeat():
        while not over.wait(every):
            work()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def write_from_processes(url, name):
    """Let all processes commit; returns what was acknowledged to each."""
    program = [sys.executable, "-m", "tests.replication.redis_writer", url, name]
    writers = [
        subprocess.Popen([*program, f"w{number}", str(COMMITS)], cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for number in range(PROCESSES)
    ]
    deadline = monotonic() + LIMIT
    try:
        printed = [writer.communicate(timeout=deadline - monotonic())[0] for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    assert [writer.returncode for writer in writers] == [0] * PROCESSES
    return [[line.split() for line in lines.splitlines()] for lines in printed]


async def commits_and_log(server, disturb, every):
    """What was acknowledged, and what the log has, as ``[[version, id], ...]``."""
    log = RedisMutationLog(server.url)
    instance = Instance(make_counter(name="test.processes"))
    start = (await log.create(instance, EMPTY))[0].position
    with again_and_again(disturb, every=every):
        acknowledged = await asyncio.to_thread(write_from_processes, server.url, "test.processes")
    entries = await log.read(instance, start)
    await log.close()
    return acknowledged, [[str(entry.version), entry.id] for entry in entries]


class TestProcesses:
    async def test_cut_connections_lose_and_double_no_commit(self, server):
        cuts = Counter()

        def cut():
            with server.admin() as admin:
                cuts["connections"] += admin.client_kill_filter(_type="normal", skipme=True)

        acknowledged, kept = await commits_and_log(server, cut, every=0.1)

        assert sorted((commit for writer in acknowledged for commit in writer), key=lambda it: int(it[0])) == kept
        assert [int(version) for version, _ in kept] == list(range(1, PROCESSES * COMMITS + 1))
        assert [len(writer) for writer in acknowledged] == [COMMITS] * PROCESSES
        assert len({id for _, id in kept}) == PROCESSES * COMMITS
        assert cuts["connections"] > PROCESSES

    async def test_standstills_and_forgotten_scripts_lose_and_double_no_commit(self, server):
        def disturb():
            with server.admin() as admin:
                admin.script_flush()
            with server.held_up():
                threading.Event().wait(0.05)

        acknowledged, kept = await commits_and_log(server, disturb, every=0.1)

        assert sorted((commit for writer in acknowledged for commit in writer), key=lambda it: int(it[0])) == kept
        assert [int(version) for version, _ in kept] == list(range(1, PROCESSES * COMMITS + 1))
