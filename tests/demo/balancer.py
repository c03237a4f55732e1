"""A proxy in front of several servers, as small as it can be: each connection goes to the first that takes it."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

_PIECE = 65_536


class Balancer:
    """On a port of its own, in a thread. ``ports`` are asked in this order, anew for each connection; none is no network."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()
        self.port: int = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self, after: float = 0.0) -> None:
        """Take the network away, so many seconds from now: what is on its way is lost, and nobody is connected anew."""

        def cut() -> None:
            self.ports.clear()
            for writer in tuple(self._writers):
                writer.transport.abort()

        self._loop.call_soon_threadsafe(self._loop.call_later, after, cut)

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        self._server.close()
        for writer in tuple(self._writers):
            writer.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend = await self._connect()
        ends = {writer} | ({backend[1]} if backend else set())
        self._writers |= ends
        try:
            if backend is not None:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pass_on(reader, backend[1]))
                    both.create_task(_pass_on(backend[0], writer))
        except* OSError:
            pass
        finally:
            self._writers -= ends
            for end in ends:
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self.ports:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; then the other one ends too."""
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
    raise ConnectionResetError
