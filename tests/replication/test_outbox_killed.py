"""``kill -9`` between the commit of the database and that of the log: another process commits what is left, once."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .redis_server import running

ROOT = Path(__file__).parents[2]
# A hang guard (s).
LIMIT = 60


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def run(server, tmp_path):
    with server.admin() as admin:
        admin.flushall()

    def run(work):
        program = [sys.executable, "-m", "tests.replication.outbox_process", server.url, str(tmp_path / "db"), work]
        return subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=False)  # noqa: S603

    return run


@pytest.mark.parametrize(
    ("point", "applied"),
    [("before the database commits", False), ("between database and log", True), ("between log and outbox", True)],
)
def test_rows_and_commits_are_both_there_once_or_not_at_all(run, point, applied):
    killed = run(point)

    ended = [json.loads(run("relay").stdout) for _ in range(2)]

    assert killed.returncode == -signal.SIGKILL
    expected = [1, [], [["event.1", "order"]], 3] if applied else [0, [], [], 0]
    assert ended == [expected] * 2
