"""Whether the channel layer is one that brings messages to other processes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import conf
from ..replication.hub import Hub
from ..replication.layer_timeouts import CORE_LAYER
from .findings import Finding, error, ok, warning

PUBSUB_LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"
_IN_MEMORY = "channels.layers.InMemoryChannelLayer"

# What a click should not have to wait for on its way to another process (s).
_SLOW = 0.25


def look_at_layer(layer: Mapping[str, Any]) -> Iterator[Finding]:
    """
    What is known of a layer without asking it anything.

    Args:
        layer: The default one of ``CHANNEL_LAYERS``.
    """
    backend, late = str(layer.get("BACKEND", "")), 1.2 * conf.get("CHECK_INTERVAL")
    if backend == _IN_MEMORY:
        yield warning(
            f"The channel layer is {backend}, which ends at the border of its process, and the log is in Redis, where "
            "other processes are. With one process that is all right. With several, each finds what the others commit "
            f"when it compares its positions with the log, up to {late:g} s late; and none of them can hear this "
            "command. "
            f'Set "BACKEND": "{PUBSUB_LAYER}" in CHANNEL_LAYERS, with the Redis of the log.'
        )
    elif backend == CORE_LAYER:
        yield warning(
            f"The channel layer is {backend}. It works, but drops what a process has not read when 100 messages wait, "
            "orders by the clocks of the senders, forgets its groups when Redis is emptied, and needs several round "
            f"trips for a message. Nothing is lost for good, but changes may show up to {late:g} s late. Recommended: "
            f'"BACKEND": "{PUBSUB_LAYER}", with the same hosts.'
        )
    elif backend == PUBSUB_LAYER:
        yield ok(f"The channel layer is {backend}, as recommended.")
    else:
        yield ok(f"The channel layer is {backend}.")
    hosts = layer.get("CONFIG", {}).get("hosts") or ()
    if isinstance(hosts, Sequence) and not isinstance(hosts, str) and len(hosts) > 1:
        yield warning(
            f"It has {len(hosts)} hosts, and each instance has one of them: while a host is away, changes of its "
            f"instances show up to {late:g} s late. So more hosts fail more often, and all commits go to the one Redis "
            "of the log anyway. Name one, and let a Sentinel replace it."
        )


def reaches_others(layer: Mapping[str, Any]) -> bool:
    """Whether another process could hear what is sent through a layer."""
    return layer.get("BACKEND") != _IN_MEMORY


async def look_at_round_trip(hub: Hub) -> Finding:
    """Whether a message that this process sends through its layer comes back."""
    topic = f"doctor.{hub.id}"
    await hub.announcements.listen(topic, lambda content: None, is_private=True)
    try:
        seconds = await hub.groups.round_trip(topic)
    except Exception as failure:  # whatever a layer raises when its server is away
        why = str(failure).rstrip(".") or type(failure).__name__
        return error(
            f"A message through the channel layer does not come back to this process: {why}. Like this no process hears "
            "of another one. Check that the hosts in CHANNEL_LAYERS can be reached from here."
        )
    text = f"A message through it comes back in {seconds * 1000:.1f} ms."
    if seconds > _SLOW:
        return warning(
            f"{text} Changes take that long to other processes. Look at the load of this machine and of its Redis."
        )
    return ok(text)
