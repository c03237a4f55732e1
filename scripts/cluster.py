"""
The demo served by several processes: a Redis, web processes on ports of their own, one SQLite file, and the feed of the
warehouse. ``make cluster`` runs it, and so do the tests.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.programs import find

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"

# Seconds. A Redis that does not answer by then will not.
_REDIS_STARTS_WITHIN = 20.0
# Seconds. More than LIVEEX["DRAIN"], which web processes give what runs at their end.
_ENDS_WITHIN = 20.0


class Child:
    """
    One process of a cluster. Only we end it, by its pid: a Ctrl-C in the terminal is for whoever runs the cluster.

    What it says is kept at the end of ``log``.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = [*command]
        self._environment = {**environment}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None before it has been started."""
        return None if self._process is None else self._process.pid

    @property
    def ended_with(self) -> int | None:
        """Its return code, negative for a signal; None while it runs, or before it has been started."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        self._start()

    def _start(self, *arguments: str, pass_fds: tuple[int, ...] = ()) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
                process_group=0,
            )

    def terminate(self) -> None:
        """Let it end in good order; kill it when it does not."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it where it stands."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def lines(self) -> list[str]:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()


class Redis(Child):
    """Keeps what it is given in files of its folder; on a free port, the same one after each start."""

    def __init__(self, folder: Path, log: Path) -> None:
        with socket.create_server((HOST, 0)) as probe:
            self.port = int(probe.getsockname()[1])
        options = {"bind": HOST, "port": self.port, "dir": folder, "save": "", "appendonly": "yes"}
        settings = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        super().__init__("redis", [find("redis-server"), *settings], os.environ, log)

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """
        Start it, and wait until it answers.

        Raises:
            RedisDoesNotStart: It does not.
        """
        super().start()
        deadline = time.monotonic() + _REDIS_STARTS_WITHIN
        while not self._answers():
            if self.ended_with is not None or time.monotonic() > deadline:
                raise RedisDoesNotStart(self)
            time.sleep(0.02)  # there is nothing to wait on but its port

    def _answers(self) -> bool:
        """While it reads its files it answers as well, but something else."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


class RedisDoesNotStart(RuntimeError):
    """The Redis of a cluster has ended, or does not answer."""

    def __init__(self, server: Redis) -> None:
        last = server.lines()[-1:] or ["nothing"]
        super().__init__(
            f"Redis does not answer on port {server.port}. The last that it said is: {last[0]}\n"
            f"The rest is in {server.log}. When its files are damaged, delete its folder; what was in it is lost."
        )


class Web(Child):
    """
    A daphne with the demo, on ``port``; 0 is a free one, the same one after each start.

    It is given a socket that listens already, so a browser may come at once and waits in the queue.
    """

    def __init__(self, name: str, port: int, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(name, [sys.executable, "-m", "daphne", "demo_project.asgi:application"], environment, log)
        self.port = port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        with socket.create_server((HOST, self.port)) as listening:
            self.port = int(listening.getsockname()[1])
            descriptor = listening.fileno()
            self._start("--fd", str(descriptor), pass_fds=(descriptor,))


class Cluster:
    """
    Args:
        folder: For everything that it makes: Redis' files, the logs of all processes, the database unless
            ``DATABASE_PATH`` in the environment names another.
        ports: Of the web processes, one for each; 0 takes a free one.
        feed_every: Seconds between two movements of the feed; None runs none.
        environment: Of all Python processes, to begin with.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ports: Sequence[int] = (0, 0),
        feed_every: float | None = 1.0,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.folder = folder
        self._redis_folder = folder / "redis"
        self.redis = Redis(self._redis_folder, folder / "redis.log")
        self._environment = {
            "DATABASE_PATH": str(folder / "db.sqlite3"),
            **environment,
            "DJANGO_SETTINGS_MODULE": "demo_project.settings",
            "REDIS_URL": self.redis.url,
            "PYTHONUNBUFFERED": "1",
        }
        self.webs = [
            Web(f"web-{number}", port, self._environment, folder / f"web-{number}.log")
            for number, port in enumerate(ports, start=1)
        ]
        self.feed: Child | None = None
        if feed_every is not None:
            command = [sys.executable, "manage.py", "warehouse_feed", "--every", str(feed_every)]
            self.feed = Child("feed", command, self._environment, folder / "feed.log")

    @property
    def children(self) -> list[Child]:
        """In the order of their start."""
        return [self.redis, *self.webs, *filter(None, [self.feed])]

    @property
    def urls(self) -> list[str]:
        """Of the web processes, without a slash at the end."""
        return [web.url for web in self.webs]

    def start(self) -> None:
        """
        Start everything; the web processes listen when this returns.

        Raises:
            CalledProcessError: The database could not be brought up to date.
            OSError: A port is in use.
            RedisDoesNotStart: Redis does not start.
        """
        self._redis_folder.mkdir(parents=True, exist_ok=True)
        for child in self.children:
            child.log.unlink(missing_ok=True)
        self.redis.start()
        self.manage("migrate", "--verbosity", "0")
        for child in self.children[1:]:
            child.start()

    def stop(self) -> None:
        """End everything in good order: first who writes, last what it is written to."""
        for child in reversed(self.children):
            child.terminate()

    def manage(self, *arguments: str, **environment: str) -> None:
        """
        Run a command of ``manage.py`` on the cluster's database and Redis.

        Raises:
            CalledProcessError: It failed; what it said stands on our own stderr.
        """
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env={**self._environment, **environment}, check=True)

    # One of the web processes, counted from 0

    def kill(self, number: int) -> None:
        """With ``kill -9``. Nobody listens on its port until it is restarted."""
        self.webs[number].kill()

    def terminate(self, number: int) -> None:
        """With SIGTERM, and wait until it has ended."""
        self.webs[number].terminate()

    def restart(self, number: int) -> None:
        """End it in good order when it still runs, and start it on the same port."""
        self.webs[number].terminate()
        self.webs[number].start()
