"""The demo as its visitors meet it: served by daphne, in a process of its own."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from tests.demo.markdown import ROOT


class DemoServer:
    """
    A daphne on a free port of the loopback interface, with an empty database and fresh stores.

    The socket listens before daphne starts and is handed to it, so there is neither a port to race for nor a start to
    wait for: a browser that is early waits in the socket's queue.

    Args:
        environment: Settings of the demo besides those of the tests.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.log: list[str] = []
        # What surprises us must not depend on who starts the tests: only what a program needs is inherited.
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
            "DJANGO_SETTINGS_MODULE": "demo_project.settings",
            "DATABASE_PATH": str(folder / "db.sqlite3"),
            "PYTHONUNBUFFERED": "1",
            # Only what a test does moves stock.
            "WAREHOUSE_FEED": "0",
            **environment,
        }

    def start(self) -> None:
        self._run("manage.py", "migrate", "--verbosity", "0").communicate()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            descriptor = listening.fileno()
            self._process = self._run(
                "-m", "daphne", "--fd", str(descriptor), "demo_project.asgi:application", pass_fds=(descriptor,)
            )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
        self._reader.join()

    def _run(self, *arguments: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self._environment,
            pass_fds=pass_fds,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _read_log(self) -> None:
        with self._process.stdout as output:
            for line in output:
                self.log.append(line.rstrip())
