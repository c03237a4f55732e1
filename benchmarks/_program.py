"""
Another process of a benchmark: it does what it is told on its stdin, a line of JSON each, and answers with another line.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# A process that has not ended by then will not (s).
_END = 20.0

Command = Callable[..., Awaitable[Any]]


class Program:
    """As :func:`running` gives it."""

    def __init__(self, asked: asyncio.StreamWriter, answered: asyncio.StreamReader) -> None:
        self._asked = asked
        self._answered = answered

    async def ask(self, command: str, **arguments: Any) -> Any:
        """Have it do something; returns what it answers when it is done."""
        self._asked.write(json.dumps([command, arguments]).encode() + b"\n")
        line = await self._answered.readline()
        if not line:
            raise RuntimeError(f"The process that was asked for {command!r} has ended; its last words are above.")
        return json.loads(line)


@asynccontextmanager
async def running(module: str) -> AsyncIterator[Program]:
    """A process that runs a module of the benchmarks, which calls :func:`obey`, for the length of a block."""
    async with process("-m", f"benchmarks.{module}", stdin=PIPE, stdout=PIPE) as started:
        assert started.stdin
        assert started.stdout
        yield Program(started.stdin, started.stdout)
        # Nobody asks any more, so it ends by itself.
        started.stdin.close()
        await asyncio.wait_for(started.wait(), _END)


@asynccontextmanager
async def process(*arguments: str, **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process for the length of a block; whatever happens in there, it ends."""
    started = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, **options)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(started.wait(), _END)
            except TimeoutError:
                started.kill()
                await started.wait()


def set_up(settings: str = "benchmarks._settings") -> None:
    """Set Django up with settings of the benchmarks; the processes that this one starts get them too."""
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()


async def obey(commands: Mapping[str, Command]) -> None:
    """In the other process: do what is asked for until nobody can ask any more."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, arguments = json.loads(line)
        answer = await commands[command](**arguments)
        print(json.dumps(answer), flush=True)
