"""The connections of one event loop to the log's Redis."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from .redis_address import Address
from .redis_errors import failed_to_answer, failed_to_connect, is_unknown_script
from .redis_operations import Ask
from .redis_server_check import ServerCheck
from .tasks import Tasks

# So many commands are packed, and answers unpacked, before the event loop gets on with something else (2 to 3 ms).
_PIECE = 100


class LoopConnections:
    """
    Opened when they are needed, kept, and closed with the loop: by ``asyncio.run`` and whoever else calls
    ``loop.shutdown_asyncgens()``, or by :meth:`close`.

    Args:
        most: Connections that are open at once.
        timeout: Seconds in which Redis has to answer.
        closed: Called when they are closed.
    """

    def __init__(
        self, address: Address, check: ServerCheck, *, most: int, timeout: float, closed: Callable[[], object]
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.tasks = Tasks(self.loop)
        self._address = address
        self._check = check
        self._timeout = timeout
        self._closed = closed
        self._pool, self._sentinel = address.make_pool(connections=most, timeout=timeout)
        # Whoever finds all of them in use waits for its turn.
        self._slots = asyncio.Semaphore(most)
        self._lifetime = self._live()

    async def open(self) -> None:
        """To be awaited once, before anything else."""
        # From here on the loop knows the generator, and ends it when it ends itself.
        await anext(self._lifetime)

    async def close(self) -> None:
        """Let what runs end, as long as an answer may take, and close the connections."""
        await self._lifetime.aclose()

    async def _live(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.tasks.drain(self._timeout)
            await self.tasks.close()
            with suppress(RedisError, OSError):
                await self._pool.disconnect()
            for client in self._sentinel.sentinels if self._sentinel else ():
                with suppress(RedisError, OSError):
                    await client.aclose()
            self._closed()

    async def ask(self, asks: Sequence[Ask]) -> list[Any]:
        """
        Run scripts, all in one round trip, once.

        Raises:
            Failure: At least one brought no answer.
        """
        async with self._slots:
            try:
                connection = await self._pool.get_connection()  # type: ignore[no-untyped-call, unused-ignore]
            except (RedisError, OSError) as error:
                raise failed_to_connect(self._address.text, error) from error
            try:
                if self._check.is_needed:
                    await self._look_at_server(connection)
                return await self._run(connection, asks)
            except (RedisError, OSError) as error:
                # After a failover the same address may lead to another server.
                await connection.disconnect(nowait=True)
                raise failed_to_answer(self._address.text, error) from error
            finally:
                await self._pool.release(connection)

    async def _run(self, connection: AbstractConnection, asks: Sequence[Ask]) -> list[Any]:
        commands = [("EVALSHA", ask.script.sha, len(ask.keys), *ask.keys, *ask.arguments) for ask in asks]
        replies = await _exchange(connection, commands)
        if any(map(is_unknown_script, replies)):
            # The source runs like its name, and Redis knows the name from then on.
            script = asks[0].script
            commands[0] = ("EVAL", script.source, *commands[0][2:])
            replies = await _exchange(connection, commands)
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    async def _look_at_server(self, connection: AbstractConnection) -> None:
        (info,) = await _exchange(connection, [("INFO",)])
        if isinstance(info, bytes):  # an access list may forbid it
            self._check.look_at(info)


async def _exchange(connection: AbstractConnection, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Send commands at once and read their answers; errors that Redis answers with are among them."""
    for start in range(0, len(commands), _PIECE):
        await connection.send_packed_command(connection.pack_commands(commands[start : start + _PIECE]))
    replies: list[Any] = []
    for number in range(len(commands)):
        try:
            replies.append(await connection.read_response())
        except ResponseError as error:
            replies.append(error)
        if number % _PIECE == _PIECE - 1:
            await asyncio.sleep(0)
    return replies
