"""``scripts/serve_demo.py``: what ``make demo`` ends in."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatch_build import BUNDLE, build_bundle
from scripts import serve_demo

ROOT = Path(__file__).parents[2]
# Seconds. The start imports Django and Twisted and migrates a new database: 3 s here, more on a busy machine.
START_LIMIT = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo is served, over a database of its own."""
    build_bundle(ROOT)
    port = free_port()
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "DATABASE_PATH": str(folder / "demo.sqlite3")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    # From another folder, since `make -C` and people do that too.
    command = [sys.executable, str(ROOT / "scripts" / "serve_demo.py"), str(port)]
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server, folder / "log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(timeout=START_LIMIT)
    assert f"http://127.0.0.1:{port}/" in (folder / "log").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until somebody listens; nothing tells us when, so it is asked ten times a second."""
    deadline = time.monotonic() + START_LIMIT
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The demo did not start:\n{log.read_text()}")


@pytest.mark.parametrize("path", ["", "counter/", "items/", "warehouse/"])
def test_serves_its_pages(address: str, path: str):
    with urllib.request.urlopen(address + path, timeout=30) as answer:
        assert answer.status == 200


def test_serves_the_bundle(address: str):
    with urllib.request.urlopen(f"{address}static/liveex_django/liveex.js", timeout=30) as answer:
        assert answer.read() == (ROOT / BUNDLE).read_bytes()


def test_names_another_port_when_this_one_is_in_use():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert f"make demo PORT={port + 1}" in serve_demo.main(port)
