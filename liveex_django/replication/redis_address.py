"""Where the log's Redis is: one server, or the master that a Sentinel names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis.asyncio.connection import ConnectionPool, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from ..exceptions import LogMisconfigured

_SENTINEL_PORT = 26379
_SENTINEL_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}
# What asking again and reading bytes depend on; redis-py repeats commands unless it is told not to.
_OURS = frozenset({"retry", "retry_on_error", "retry_on_timeout", "decode_responses", "protocol", "parser_class"})


@dataclass(frozen=True, slots=True)
class Address:
    """
    A checked address.

    Attributes:
        text: For people: without user and password.
        db: The number of the database.
    """

    text: str
    db: int
    _options: Mapping[str, Any]
    _sentinels: tuple[tuple[str, int], ...] = ()
    _service: str = ""
    _sentinel_options: Mapping[str, Any] | None = None

    def make_pool(self, *, connections: int, timeout: float) -> tuple[ConnectionPool, Sentinel | None]:
        """
        Connections for one event loop, and the Sentinel to close with them.

        Args:
            timeout: Seconds in which a server has to take a connection, and has to answer.
        """
        limits = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
        options = {
            **limits,
            **self._options,
            # Once: the log itself asks again, under the same id.
            "retry": Retry(NoBackoff(), 0),
            # Answers of scripts are the same in both protocols, and the older one needs no handshake.
            "protocol": 2,
            "max_connections": connections,
        }
        if not self._sentinels:
            return ConnectionPool(**options), None
        sentinel = Sentinel(  # type: ignore[no-untyped-call, unused-ignore]
            self._sentinels,
            sentinel_kwargs={**limits, "retry": Retry(NoBackoff(), 0), **(self._sentinel_options or {})},
        )
        pool = SentinelConnectionPool(self._service, sentinel, **options)  # type: ignore[no-untyped-call, unused-ignore]
        return pool, sentinel


def parse_address(url: str, options: Mapping[str, Any]) -> Address:
    """
    Args:
        url: ``redis://``, ``rediss://`` or ``unix://`` as redis-py reads them, or
            ``redis+sentinel://[user:password@]host[:port][,host[:port]…]/service[/db]`` (``rediss+sentinel://`` when
            the servers behind it speak TLS; ``?sentinel_password=…`` when the Sentinels want one).
        options: More arguments for redis-py's connections.

    Raises:
        LogMisconfigured: It is none of these, or it sets what the log has to set itself.
    """
    try:
        parts = urlsplit(url)
        named = {name for name, _ in parse_qsl(parts.query)} | set(options)
        if taken := sorted(named & _OURS):
            raise ValueError(f"{', '.join(taken)} cannot be set: the log repeats what it asks by its own rules")
        if parts.scheme in _SENTINEL_SCHEMES:
            return _sentinel_address(parts, options)
        given: dict[str, Any] = {**options, **parse_url(url)}
    except (ValueError, TypeError, AttributeError) as error:
        raise LogMisconfigured(
            f"The address of the log's Redis cannot be used: {error}. Write LIVEEX = {{'LOG': "
            "'redis://localhost:6379/0'}, 'rediss://…' for TLS, 'unix:///path/of/the/socket?db=0', or "
            "'redis+sentinel://host:26379,host:26379/service/0'."
        ) from error
    place = given.get("path") or f"{given.get('host', 'localhost')}:{given.get('port', 6379)}"
    db = int(given.get("db", 0))
    return Address(f"{parts.scheme}://{place}/{db}", db, given)


def _sentinel_address(parts: SplitResult, options: Mapping[str, Any]) -> Address:
    login, _, hosts = parts.netloc.rpartition("@")
    service, _, db = parts.path.strip("/").partition("/")
    if not hosts or not service or not (db or "0").isdigit():
        raise ValueError("a Sentinel address names hosts and a service, redis+sentinel://host:26379/service/0")
    # redis-py reads the rest as if it were the address of one server.
    given: dict[str, Any] = {**options, **parse_url(f"redis://{login}@localhost/{db or 0}?{parts.query}")}
    del given["host"]
    sentinel_options = {
        name.removeprefix("sentinel_"): given.pop(name) for name in tuple(given) if name.startswith("sentinel_")
    }
    return Address(
        f"{parts.scheme}://{hosts}/{service}/{db or 0}",
        int(db or 0),
        {**given, "ssl": True} if _SENTINEL_SCHEMES[parts.scheme] else given,
        tuple(_host_and_port(host) for host in hosts.split(",")),
        unquote(service),
        sentinel_options,
    )


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(f"{text!r} is not a host")
    return parts.hostname, parts.port or _SENTINEL_PORT
