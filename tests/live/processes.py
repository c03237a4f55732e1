"""Servers and workers in processes of their own that share a Redis and a database, and the pages of their visitors."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

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

        self._servers = {}

    def kill(self, address):
        """``kill -9`` to the server at an address."""
        self._servers[address].kill()
        self._servers[address].wait()

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
        """The address of a daphne for the length of a block, in which it may be killed."""
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
        self._servers[address] = process
        try:
            yield address
        finally:
            del self._servers[address]
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            finally:
                process.kill()


class Tab:
    """One page of a visitor."""

    def __init__(self, session):
        self._cookies = f"sessionid={session}; csrftoken={CSRF}"
        self._seq = 0

    @contextmanager
    def joined(self, address, path):
        """Open it, and join over a websocket, for the length of a block."""
        html = self.request(address, path)
        self._tokens = {view: token for view, _, token, _ in WRAPPER.findall(html) if token}
        with self.joined_again(address):
            yield self

    @contextmanager
    def joined_again(self, address):
        """Join, as the page that it is already, for the length of a block."""
        views = [{"view": view, "token": token, "digests": {}} for view, token in self._tokens.items()]
        with connect(
            f"ws://{address}/live/",
            origin=f"http://{address}",
            additional_headers={"Cookie": self._cookies},
            open_timeout=PATIENCE,
            proxy=None,
        ) as self._socket:
            self._send({"type": "join", "client": CLIENT, "views": views})
            joined = self._receive()["joined"]
            self.views = joined["views"]
            self._tokens |= joined["tokens"]
            yield self

    def request(self, address, path, body=None):
        headers = {"Cookie": self._cookies, "X-CSRFToken": CSRF}
        request = urllib.request.Request(f"http://{address}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
            return response.read().decode()

    def event(self, name):
        """Send an event; what became of it, when it is answered."""
        self._seq += 1
        self._send({"type": "event", "seq": self._seq, "view": "0", "event": name, "payload": []})
        while "reply" not in (frame := self._receive()):
            continue
        return frame["reply"][1]

    def _send(self, message):
        self._socket.send(json.dumps(message))

    def _receive(self):
        frame = json.loads(self._socket.recv(timeout=PATIENCE))
        if "joined" in frame:
            self._frames = 0
        if not frame.keys() & {"pong", "error"}:
            self._frames += 1
            self._send({"type": "ack", "frames": self._frames})
        return frame

    def end(self):
        """The code of its error, and the close code."""
        frame = self._receive()
        with pytest.raises(ConnectionClosed) as closed:
            self._receive()
        return frame["error"]["code"], closed.value.rcvd.code

    def is_open(self):
        self._send({"type": "ping"})
        return self._receive() == {"pong": 1}
