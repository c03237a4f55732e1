"""What is asked of a server of the benchmarks of pages; see ``control`` in benchmarks/_table_site.py."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from typing import Any

from ._served import SERVER_CPU, serving
from ._sockets import PATIENCE, Socket


class Control:
    """A server that runs, on the first processor."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.http = HTTPConnection(address, timeout=PATIENCE)
        self._socket = Socket(address, "/control/")

    def tell(self, *command: Any) -> Callable[[], Any]:
        """Have it do something; what is returned waits until it is done, and gives what it gave."""
        self._socket.send(json.dumps(command).encode())
        return lambda: json.loads(self._socket.next())

    def ask(self, *command: Any) -> Any:
        """Have it do something, and wait until it is done."""
        return self.tell(*command)()

    def close(self) -> None:
        self.http.close()
        self._socket.close()


@asynccontextmanager
async def controlled(server: str) -> AsyncIterator[Control]:
    """A server for the length of a block."""
    async with serving(server, "benchmarks._table_site:application", SERVER_CPU) as address:
        control = Control(address)
        try:
            yield control
        finally:
            control.close()
