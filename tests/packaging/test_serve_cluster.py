"""``scripts/serve_cluster.py``: what ``make cluster`` ends in."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hatch_build import build_bundle
from scripts import serve_cluster
from tests.demo.health import wait_until_well

ROOT = Path(__file__).parents[2]
# Seconds, as a hang guard: three Pythons start, one after the other, on a machine that may be busy.
LIMIT = 120


class Served:
    """``make cluster`` over a database and a Redis of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.ports = (port, port + 1)
        self._said = folder / "said"
        environment = {**os.environ, "DATABASE_PATH": str(folder / "demo.sqlite3")}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, str(ROOT / "scripts" / "serve_cluster.py"), str(port), str(folder / "cluster")]
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT)

    @property
    def said(self) -> str:
        return self._said.read_text()

    def pid_of(self, port: int) -> int:
        return int(re.findall(rf":{port}/ +\(process (\d+)\)", self.said)[-1])

    def wait_until(self, condition: Callable[[], bool], description: str) -> None:
        """Nothing tells us when, so it is asked ten times a second."""
        deadline = time.monotonic() + LIMIT
        while not condition():
            assert self.process.poll() is None, f"It ended before {description}:\n{self.said}"
            assert time.monotonic() < deadline, f"Waited {LIMIT} s in vain until {description}:\n{self.said}"
            time.sleep(0.1)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=LIMIT)


@pytest.fixture
def served(tmp_path: Path, redis_server_program: str) -> Iterator[Served]:
    build_bundle(ROOT)
    served = Served(tmp_path, free_pair())
    try:
        served.wait_until(lambda: "Ctrl-C stops all" in served.said, "it has started")
        yield served
    finally:
        served.stop()


def free_pair() -> int:
    """The first of two free ports that follow each other."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = int(one.getsockname()[1])
            if port < 65535 and not serve_cluster.is_taken(port + 1):
                return port


def get(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=LIMIT) as answer:
        return int(answer.status)


class TestServeCluster:
    def test_serves_the_demo_on_two_ports_and_stops_all_of_it(self, served: Served, tmp_path: Path):
        assert [get(port, "/warehouse/") for port in served.ports] == [200, 200]
        for port in served.ports:
            wait_until_well(f"http://127.0.0.1:{port}")

        served.stop()

        assert served.process.returncode == 0
        for port in served.ports:
            assert not serve_cluster.is_taken(port)
        assert "bye bye" in (tmp_path / "cluster" / "redis.log").read_text()

    def test_starts_again_what_has_ended_and_says_so(self, served: Served):
        pid = served.pid_of(served.ports[1])

        os.kill(pid, signal.SIGKILL)

        served.wait_until(lambda: "It is started again" in served.said, "it is started again")
        assert f"web-2 (process {pid}) has ended with code -9" in served.said
        wait_until_well(f"http://127.0.0.1:{served.ports[1]}")

    def test_names_other_ports_when_one_is_in_use(self, tmp_path: Path):
        port = free_pair()
        with socket.create_server(("127.0.0.1", port + 1)):
            said = serve_cluster.main(port, tmp_path)

        assert f"make cluster PORT={port + 2}" in str(said)
