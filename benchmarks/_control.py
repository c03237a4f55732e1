"""What is asked of a server of the benchmarks of pages; see ``control`` in benchmarks/_table_site.py."""

import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from typing import Any

from ._browsers import Client, Crowd
from ._served import SERVER_CPU, serving
from ._sockets import PATIENCE, Socket


class Control(Client):
    """A server that runs on the first processor; it is one of the crowd, since its socket has to be heard of too."""

    def __init__(self, crowd: Crowd, address: str) -> None:
        super().__init__(Socket(address, "/control/"))
        self.address = address
        self.http = HTTPConnection(address, timeout=PATIENCE)
        self._answers: deque[bytes] = deque()
        self._crowd = crowd
        crowd.add(self)

    def take(self, crowd: Crowd) -> None:
        self._answers.extend(self.socket.receive())

    def tell(self, *command: Any) -> None:
        """Have it do something; its answer is to be waited for."""
        self.say(json.dumps(command).encode())

    def answer(self) -> Any:
        """Wait until it has done what it was told last; gives what that gave."""
        self._crowd.work_until(lambda: bool(self._answers))
        return json.loads(self._answers.popleft())

    def ask(self, *command: Any) -> Any:
        """Have it do something, and wait until it is done."""
        self.tell(*command)
        return self.answer()


@asynccontextmanager
async def controlled(server: str, crowd: Crowd) -> AsyncIterator[Control]:
    """A server for the length of a block."""
    async with serving(server, "benchmarks._table_site:application", SERVER_CPU) as address:
        control = Control(crowd, address)
        try:
            yield control
        finally:
            control.http.close()
