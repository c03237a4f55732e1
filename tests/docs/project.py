"""A project that somebody makes by following one of our documents, in an empty folder."""

import os
import queue
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import MappingProxyType

from tests.docs.documents import ROOT, Block

# Seconds; a busy machine may take long, and what takes longer has failed.
PATIENCE = 60

# Commands of our documents that the environment of the tests makes needless.
_MADE_ALREADY = ("python -m venv", ". .venv", "pip install")
# How daphne and uvicorn say it.
_LISTENS = re.compile(r"(?:Listening on TCP address |Uvicorn running on http://)(\d[\d.]*:\d+)")


class Project:
    """
    Attributes:
        output: What the commands of the steps said, the newest last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output: list[str] = []
        # What surprises us must not depend on who starts the tests: only what a program needs is inherited.
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            # Files change several times within a second, which is as exactly as compiled files know it.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def follow(self, blocks: Iterable[Block]) -> None:
        """Does what a step says: its files, its changes and its commands, but for starting the server."""
        for block in blocks:
            if block.language == "console":
                self._run_lines(block.code)
            elif block.language == "diff":
                self._change(block)
            elif block.path is not None:
                self._write(block)

    def _write(self, block: Block) -> None:
        assert block.path is not None
        path = self.folder / block.path
        path.parent.mkdir(parents=True, exist_ok=True)
        before = f"{path.read_text(encoding='utf-8').rstrip()}\n\n\n" if block.is_appended else ""
        path.write_text(before + block.code, encoding="utf-8")

    def _change(self, block: Block) -> None:
        assert block.path is not None, f"line {block.line}: a change of which file?"
        path = self.folder / block.path
        lines = block.code.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if not line.startswith("+"))
        new = "".join(line[1:] for line in lines if not line.startswith("-"))
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"line {block.line}: {block.path} does not have, just once:\n{old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def _run_lines(self, code: str) -> None:
        for line in code.splitlines():
            if line.startswith(_MADE_ALREADY) or "runserver" in line:
                continue
            words = shlex.split(line)
            if words[0] == "django-admin":
                words = ["python", "-m", "django", *words[1:]]
            assert words[0] == "python", f"the tests cannot run {line!r}"
            self.output.append(self.run(*words[1:]))

    def run(self, *arguments: str) -> str:
        """Runs Python in the project's folder; returns what it said, or fails with it."""
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-W", "error", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, f"{shlex.join(arguments)}\n{ran.stdout}"
        return ran.stdout

    def copy(self, folder: Path) -> "Project":
        """The same project in another folder, which is empty."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Project(folder)

    def serve(self) -> "Server":
        """Starts ``runserver`` on a free port."""
        return Server(self, [sys.executable, str(Path(__file__).with_name("serve.py")), "127.0.0.1:0"])


@dataclass(frozen=True)
class Response:
    url: str
    headers: Message
    text: str


class Server:
    """
    A server of a project, in a process of its own. It listens once this is made.

    Args:
        command: Starts it on a port that the system chooses; its output says which.
    """

    def __init__(self, project: Project, command: list[str]) -> None:
        self.log: list[str] = []
        self._project = project
        self._command = command
        self._new_line = threading.Condition()
        self._addresses: queue.Queue[str | None] = queue.Queue()
        self._start(command)

    def _start(self, command: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            command,
            cwd=self._project.folder,
            env=self._project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        listening = self._addresses.get(timeout=PATIENCE)
        assert listening, "\n".join(self.log)
        self.address = listening
        self.url = f"http://{listening}"

    def stop(self) -> None:
        self.terminate()
        self.ended()

    def terminate(self) -> None:
        """Tells it to end, and does not wait."""
        self._process.terminate()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        code = self._process.wait(timeout=PATIENCE)
        self._reader.join()
        while not self._addresses.empty():
            self._addresses.get()
        return code

    def kill(self) -> None:
        """Ends it where it stands, if it has not ended."""
        self._process.kill()
        self.ended()

    def restart(self) -> None:
        """Ends it, and starts ``runserver`` again at the same address."""
        self.stop()
        self._start([*self._command[:-1], self.address])

    def request(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Response:
        """The page that a request ends at; with a body it is a POST."""
        request = urllib.request.Request(self.url + path, body, dict(headers))  # noqa: S310
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
            return Response(response.url, response.headers, response.read().decode())

    def connection(self) -> socket.socket:
        """A connection to it."""
        host, port = self.address.split(":")
        return socket.create_connection((host, int(port)), timeout=PATIENCE)

    def says(self, text: str) -> bool:
        """Whether the log has this text, or has it soon."""
        with self._new_line:
            return self._new_line.wait_for(lambda: any(text in line for line in self.log), PATIENCE)

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                with self._new_line:
                    self.log.append(line.rstrip())
                    self._new_line.notify_all()
                if found := _LISTENS.search(line):
                    self._addresses.put(found[1])
        # It has ended: whoever waits for an address need not wait any longer.
        self._addresses.put(None)
