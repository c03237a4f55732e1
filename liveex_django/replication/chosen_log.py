"""Which log this process uses: what the settings say."""

from django.conf import settings

from .. import conf
from ..exceptions import LogMisconfigured
from .layer_hosts import LayerHost, host_of
from .log import MutationLog
from .memory import MemoryMutationLog

_IN_MEMORY = "memory://"


def choose_log() -> MutationLog:
    """
    ``LIVEEX["LOG"]``; without it the Redis of the default channel layer, or this process's memory. Connects to nothing.

    Raises:
        LogMisconfigured: The settings name a log that cannot be; the message says what to write.
    """
    host = _host()
    if host is None:
        return MemoryMutationLog()
    try:
        # An optional dependency.
        from .redis_log import RedisMutationLog
    except ModuleNotFoundError as error:
        raise LogMisconfigured(
            f"The settings keep committed mutations in Redis, and the Python package {error.name!r} is not installed. "
            "Install it: pip install 'liveex-django[redis]'."
        ) from error
    return RedisMutationLog(
        host.url,
        conf.get("LOG_PREFIX"),
        idle=conf.get("LOG_IDLE"),
        keep_ids=conf.get("LOG_IDS"),
        keep_events=conf.get("TOKEN_AGE"),
        options=host.options,
    )


def _host() -> LayerHost | None:
    url = conf.get("LOG")
    if url is None:
        return host_of(getattr(settings, "CHANNEL_LAYERS", {}).get("default", {}))
    return None if url == _IN_MEMORY else LayerHost(url)
