"""A TCP proxy that loses what it is told to lose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """
    Between a client and a server on loopback. Runs on the event loop of its test.

    Attributes:
        lose_replies: Answers still to be lost: the server gets the request and does the work, then the connection ends.
        target: The port of the server that new connections lead to.
        seen: What clients have sent, one item per piece that arrived.
    """

    def __init__(self, port: int) -> None:
        self.lose_replies = 0
        self.seen: list[bytes] = []
        self.marker = b"EVAL"
        self.target = port
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def close(self) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server, to_server = await self._connect()
        is_losing = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(client, to_server, is_losing))
                both.create_task(self._answer(server, to_client, is_losing))
        except* (OSError, EOFError):
            pass
        finally:
            for writer in (to_client, to_server):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
            self._tasks.discard(task)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.target)

    async def _pass_on(
        self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, is_losing: asyncio.Event
    ) -> None:
        while piece := await client.read(65_536):
            self.seen.append(piece)
            if self.lose_replies and self.marker in piece:
                self.lose_replies -= 1
                is_losing.set()
            to_server.write(piece)
            await to_server.drain()
        raise EOFError

    async def _answer(
        self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, is_losing: asyncio.Event
    ) -> None:
        while piece := await server.read(65_536):
            if is_losing.is_set():
                break
            to_client.write(piece)
            await to_client.drain()
        raise EOFError


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """A proxy for the length of a block."""
    proxy = Proxy(port)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
