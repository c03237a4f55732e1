"""A look at the log's Redis from outside: what the server says of itself, and where histories stand. Writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from .log import Position
from .redis_address import Address
from .redis_errors import failed_to_connect
from .redis_keys import keys_under

# A server that has not answered by then is away, for somebody who waits for it at a terminal (s).
_PATIENCE = 4.0
# Instances that are asked for at once.
_PIECE = 500


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """
    Attributes:
        seconds: How long it took to answer.
        info: What it answered to ``INFO``, by the names that Redis has for it; empty when this user may not ask.
        save: When it writes snapshots to its disk, as ``CONFIG GET save`` says it; ``""``: never; None: it does not tell.
    """

    seconds: float
    info: Mapping[str, Any]
    save: str | None


class RedisObserver:
    """
    For one event loop, with one connection.

    Args:
        prefix: What the keys of the log begin with.
    """

    def __init__(self, address: Address, prefix: str) -> None:
        self.address = address
        self._prefix = prefix
        self._pool, self._sentinel = address.make_pool(connections=1, timeout=_PATIENCE)
        self._client: Redis = Redis(connection_pool=self._pool)

    async def facts(self) -> ServerFacts:
        """
        Raises:
            LogDenied: It does not let this user in.
            LogUnreachable: It does not answer.
        """
        with self._telling():
            # Once to connect, once to measure.
            await self._ping()
            began = perf_counter()
            await self._ping()
            seconds = perf_counter() - began
            return ServerFacts(seconds, await self._info(), await self._save())

    async def heads(self, digests: Sequence[str]) -> dict[str, Position]:
        """
        The newest positions of instances, by their digests; those that the log does not have are missing.

        Raises:
            LogError: As :meth:`facts`.
        """
        found: dict[str, Position] = {}
        with self._telling():
            for start in range(0, len(digests), _PIECE):
                piece = digests[start : start + _PIECE]
                for digest, position in zip(piece, await self._heads(piece), strict=True):
                    if position is not None:
                        found[digest] = position
        return found

    async def close(self) -> None:
        """Close its connection."""
        with suppress(RedisError, OSError):
            await self._pool.disconnect()
        for client in self._sentinel.sentinels if self._sentinel else ():
            with suppress(RedisError, OSError):
                await client.aclose()

    async def _ping(self) -> None:
        await self._client.execute_command("PING")  # type: ignore[no-untyped-call, unused-ignore]

    async def _info(self) -> Mapping[str, Any]:
        try:
            info: Mapping[str, Any] = await self._client.info()
        except ResponseError:  # an access list
            return {}
        return info

    async def _save(self) -> str | None:
        try:
            settings = await self._client.config_get("save")
        except ResponseError:  # an access list, or a provider who keeps the command to itself
            return None
        return str(settings.get("save", ""))

    async def _heads(self, digests: Sequence[str]) -> list[Position | None]:
        pipeline = self._client.pipeline(transaction=False)
        for digest in digests:
            keys = keys_under(self._prefix, digest)
            pipeline.hmget(keys.head, "epoch", "version", "id")
            pipeline.exists(keys.log, keys.ids)
        replies = await pipeline.execute(raise_on_error=False)
        return [_position(*replies[start : start + 2]) for start in range(0, len(replies), 2)]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise failed_to_connect(self.address.text, error).error from error


def _position(fields: Any, others: Any) -> Position | None:
    """As HEAD in redis_scripts.py finds it; None when the instance is not there, not whole, or not ours."""
    match fields:
        case [bytes(epoch), bytes(version), bytes(id)] if version == b"0" or others == 2:
            with suppress(ValueError):
                return Position(epoch.decode(), int(version), id.decode())
    return None
