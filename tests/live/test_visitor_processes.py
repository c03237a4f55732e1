"""A page that one process serves is closed at once by what happens in another, by way of a real Redis."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.replication.redis_server import running

from .browser import CLIENT, WRAPPER

ROOT = Path(__file__).parents[2]
# A hang guard: the pages check their visitors by themselves once in an hour (s).
PATIENCE = 60
CSRF = "c" * 32


class Project:
    """Processes that share a database and a Redis."""

    def __init__(self, folder, redis_url):
        self._folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
            "DJANGO_SETTINGS_MODULE": "tests.live.redis_settings",
            "DATABASE_PATH": str(folder / "db.sqlite3"),
            "REDIS_URL": redis_url,
        }

    def migrate(self):
        program = [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"]
        subprocess.run(program, cwd=ROOT, env=self._environment, check=True, timeout=PATIENCE)  # noqa: S603

    @contextmanager
    def worker(self):
        """What has the worker make a change to a user, and returns what it says; for the length of a block."""
        with subprocess.Popen(
            [sys.executable, "-m", "tests.live.visitor_worker"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:

            def change(change, name):
                process.stdin.write(f"{change} {name}\n")
                process.stdin.flush()
                return process.stdout.readline().strip()

            yield change
            process.stdin.close()

    @contextmanager
    def served(self, name):
        """The address of a daphne for the length of a block."""
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            (self._folder / f"{name}.log").open("wb") as log,
        ):
            descriptor = listening.fileno()
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "daphne", "--fd", str(descriptor), "tests.live.asgi:application"],
                cwd=ROOT,
                env=self._environment,
                pass_fds=(descriptor,),
                stdout=log,
                stderr=log,
            )
            address = f"127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            finally:
                process.kill()


@pytest.fixture(scope="module")
def project(redis_server_program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("visitors")
    with running(redis_server_program, folder) as redis:
        project = Project(folder, redis.url)
        project.migrate()
        yield project


@pytest.fixture(scope="module")
def worker(project):
    with project.worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def server(project):
    with project.served("server") as address:
        yield address


@pytest.fixture(scope="module")
def other_server(project):
    with project.served("other") as address:
        yield address


class Tab:
    """One page of a visitor."""

    def __init__(self, session):
        self._cookies = f"sessionid={session}; csrftoken={CSRF}"

    @contextmanager
    def joined(self, address, path):
        """Open it, and join over a websocket, for the length of a block."""
        html = self.request(address, path)
        found = [(view, token) for view, _, token, _ in WRAPPER.findall(html) if token]
        views = [{"view": view, "token": token, "digests": {}} for view, token in found]
        with connect(
            f"ws://{address}/live/",
            origin=f"http://{address}",
            additional_headers={"Cookie": self._cookies},
            open_timeout=PATIENCE,
            proxy=None,
        ) as self._socket:
            self._send({"type": "join", "client": CLIENT, "views": views})
            assert "joined" in self._receive()
            yield self

    def request(self, address, path, body=None):
        headers = {"Cookie": self._cookies, "X-CSRFToken": CSRF}
        request = urllib.request.Request(f"http://{address}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
            return response.read().decode()

    def _send(self, message):
        self._socket.send(json.dumps(message))

    def _receive(self):
        return json.loads(self._socket.recv(timeout=PATIENCE))

    def end(self):
        """The code of its error, and the close code."""
        frame = self._receive()
        with pytest.raises(ConnectionClosed) as closed:
            self._receive()
        return frame["error"]["code"], closed.value.rcvd.code

    def is_open(self):
        self._send({"type": "ping"})
        return self._receive() == {"pong": 1}


@pytest.fixture(scope="module")
def open_tab(worker, server):
    """Makes a visitor and opens a page of theirs."""
    with ExitStack() as tabs:

        def open_tab(name, path="/staff/"):
            return tabs.enter_context(Tab(worker("make", name)).joined(server, path))

        yield open_tab


@pytest.fixture(scope="module")
def bystander(open_tab):
    """A page of somebody whom all this does not concern."""
    return open_tab("bystander")


class TestAnotherServer:
    def test_a_logout_there_closes_the_page_here(self, open_tab, other_server, bystander):
        tab = open_tab("logout", "/members/")

        tab.request(other_server, "/accounts/logout/", b"")

        assert tab.end() == ("liveex.join-refused", 4401)
        assert bystander.is_open()


class TestWorker:
    @pytest.mark.parametrize(
        ("change", "end"),
        [
            ("change_password", ("liveex.join-refused", 4401)),
            ("deactivate", ("liveex.join-refused", 4401)),
            ("delete_user", ("liveex.join-refused", 4401)),
            ("end_sessions", ("liveex.join-refused", 4401)),
            ("leave_group", ("liveex.forbidden", 4403)),
            ("take_permission_from_group", ("liveex.forbidden", 4403)),
        ],
    )
    def test_what_it_does_to_a_user_closes_the_page(self, worker, open_tab, bystander, change, end):
        tab = open_tab(change)

        worker(change, change)

        assert tab.end() == end
        assert bystander.is_open()
