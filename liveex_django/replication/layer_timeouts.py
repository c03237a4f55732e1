"""Whether redis-py lets the reader of a channel layer wait for as long as the layer wants to."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CORE_LAYER = "channels_redis.core.RedisChannelLayer"

# In which channels_redis.core asks Redis for a message before it asks again: RedisChannelLayer.brpop_timeout (s).
_LONGEST_READ = 5.0
# The first redis-py that gives up on a silent connection by default, after 5 s: redis/_defaults.py.
_FIRST_IMPATIENT = 8


def is_impatient(layer: Mapping[str, Any]) -> bool:
    """
    Whether redis-py gives up before the layer does, so that whoever reads ends with an error when no message comes.

    Args:
        layer: One item of ``CHANNEL_LAYERS``.
    """
    if layer.get("BACKEND") != CORE_LAYER:
        return False
    default = _LONGEST_READ if _redis_py() >= _FIRST_IMPATIENT else None
    hosts = layer.get("CONFIG", {}).get("hosts") or [{}]
    timeouts = [_timeout_of(host, default) for host in hosts]
    return any(timeout is not None and timeout <= _LONGEST_READ for timeout in timeouts)


def _timeout_of(host: Any, default: float | None) -> float | None:
    """What a host, written in one of the ways that channels_redis knows, says of it (s); None: for ever."""
    options = host if isinstance(host, Mapping) else {}
    address = options.get("address", host)
    if isinstance(address, str):
        named = dict(parse_qsl(urlsplit(address).query))
        if "socket_timeout" in named:
            return _seconds(named["socket_timeout"])
    return _seconds(options["socket_timeout"]) if "socket_timeout" in options else default


def _seconds(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None  # the layer itself will say what is wrong with it


def _redis_py() -> int:
    """The major version that is installed; 0 when none is."""
    try:
        return int(version("redis").partition(".")[0])
    except (PackageNotFoundError, ValueError):
        return 0
