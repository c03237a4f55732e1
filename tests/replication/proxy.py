"""A TCP proxy that loses and holds back what it is told to."""

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
        marker: In a request whose answer may be lost.
        hold: In a request that waits, with all behind it on its connection, until :meth:`let_go`.
        is_holding: Set while one does.
    """

    def __init__(self, port: int) -> None:
        self.lose_replies = 0
        self.seen: list[bytes] = []
        self.marker = b"EVAL"
        self.hold: bytes | None = None
        self.is_holding = asyncio.Event()
        self._let_go = asyncio.Event()
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

    def let_go(self) -> None:
        """Pass on what was held back, and hold nothing more."""
        self.hold = None
        self.is_holding.clear()
        self._let_go.set()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            server, to_server = await self._connect()
        except OSError:  # as the server would have refused it
            to_client.close()
            self._tasks.discard(task)
            return
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
            if self.hold and self.hold in piece:
                self._let_go.clear()
                self.is_holding.set()
                await self._let_go.wait()
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
