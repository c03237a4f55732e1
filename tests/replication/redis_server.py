"""A Redis of its own for tests: started, stopped, killed, emptied and held up, by its process alone."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import redis

# A server that is not up by then will not be (s).
_START = 20.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisServer:
    """
    Listens on a port of its own on loopback, keeps nothing on disk unless it is told to.

    Args:
        arguments: Before all options, such as a configuration file and ``--sentinel``; then there are no others.
        options: As in redis.conf, ``maxmemory="10mb"``; underscores stand for hyphens.
    """

    def __init__(self, program: str, folder: Path, *, arguments: tuple[str, ...] = (), **options: object) -> None:
        self.folder = folder
        self.port = free_port()
        self._program = program
        self._arguments = arguments
        self._options = {"bind": "127.0.0.1", "port": self.port, "dir": str(folder)}
        if not arguments:
            self._options |= {"save": "", "appendonly": "no"}
        self._options |= {name.replace("_", "-"): value for name, value in options.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [text for name, value in self._options.items() for text in (f"--{name}", str(value))]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *self._arguments, *settings], stdout=log)  # noqa: S603
        deadline = monotonic() + _START
        while True:
            try:
                with self.admin() as admin:
                    admin.ping()
                return
            except redis.ResponseError:  # of a server that wants a password: it is there
                return
            except redis.AuthenticationError:
                return
            except redis.ConnectionError:
                if self._process.poll() is not None or monotonic() > deadline:
                    raise
                sleep(0.01)  # there is nothing to wait on but its port

    def stop(self) -> None:
        """Let it write what it keeps, and end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it where it stands."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it, and start it again on the same port."""
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """It does nothing for the length of the block, with all its connections open."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def copy(self, master: "RedisServer") -> None:
        """Become a copy of another server, and wait until it has everything that is there now."""
        with self.admin() as admin:
            admin.replicaof("127.0.0.1", master.port)
            while admin.info("replication")["master_link_status"] != "up":
                pass

    def wait_for_copy(self) -> None:
        """Wait until a copy has everything that was written here until now."""
        with self.admin() as admin:
            admin.set("marker", 1)  # what follows waits for the writes of its own connection
            assert admin.wait(1, round(_START * 1000)) == 1

    def admin(self, **options: Any) -> redis.Redis:
        """A client that is not the log's, to look and to do harm."""
        return redis.Redis.from_url(self.url, **{"protocol": 2, **options})

    def environment(self, layer: str = "channels_redis.pubsub.RedisPubSubChannelLayer") -> dict[str, str]:
        """For a process with ``tests.redis_settings``, whose log and channel layer are here."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.redis_settings",
            "LIVEEX_TEST_REDIS": self.url,
            "LIVEEX_TEST_LAYER": layer,
        }

    def clients(self) -> int:
        """How many connections of others it has."""
        with self.admin() as admin:
            return len(admin.client_list()) - 1


@contextmanager
def running(program: str, folder: Path, **options: Any) -> Iterator[RedisServer]:
    """A server for the length of a block."""
    server = RedisServer(program, folder, **options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
