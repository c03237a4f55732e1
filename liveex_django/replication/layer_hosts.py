"""Where the Redis of a channel layer is, so that the log can use the same one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ..exceptions import LogMisconfigured

# What channels_redis takes when nothing is configured.
_DEFAULT_HOST = "redis://localhost:6379"
# Options of a layer's host that say whom to connect to, and as whom. The others are about how the layer waits and repeats.
_SHARED = frozenset({"username", "password", "db", "credential_provider", "client_name"})


@dataclass(frozen=True, slots=True)
class LayerHost:
    """As ``RedisMutationLog`` takes it: an address, and more options of its connections."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)


def host_of(layer: Mapping[str, Any]) -> LayerHost | None:
    """
    Args:
        layer: One item of ``CHANNEL_LAYERS``.

    Returns:
        None when it is not a layer of channels_redis.

    Raises:
        LogMisconfigured: It has several hosts, or one that is written in no way that channels_redis knows.
    """
    if not str(layer.get("BACKEND", "")).startswith("channels_redis."):
        return None
    hosts = layer.get("CONFIG", {}).get("hosts") or [_DEFAULT_HOST]
    if isinstance(hosts, str | bytes) or len(hosts) != 1:
        raise LogMisconfigured(
            "The channel layer has several hosts, and the log can be on one only. Say on which: "
            'LIVEEX = {"LOG": "redis://host:6379/0"}.'
        )
    host: Any = hosts[0]
    match host:
        case str() as url:
            return LayerHost(url)
        case {"address": str() as url, **options}:
            return LayerHost(url, _shared(options))
        case {"sentinels": sentinels, "master_name": str() as service, **options}:
            place = ",".join(_place(*sentinel) for sentinel in sentinels)
            scheme = "rediss+sentinel" if options.get("ssl") else "redis+sentinel"
            login: dict[str, Any] = options.get("sentinel_kwargs") or {}  # type: ignore[assignment, unused-ignore]
            own = {f"sentinel_{name}": value for name, value in login.items()}
            return LayerHost(f"{scheme}://{place}/{quote(service)}", {**_shared(options), **own})
        case {"path": str() as path, **options}:
            return LayerHost(f"unix://{quote(path)}", _shared(options))
        case {"host": str() as name, **options}:
            return LayerHost(f"redis://{_place(name, options.get('port', 6379))}", _shared(options))
        case (str() as name, int() as port):
            return LayerHost(f"redis://{_place(name, port)}")
    raise LogMisconfigured(
        "The host of the channel layer is written in a way that the log does not understand. Name it again for the log: "
        'LIVEEX = {"LOG": "redis://host:6379/0"}.'
    )


def _place(host: str, port: Any) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _shared(options: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in _SHARED or name.startswith("ssl_")}
