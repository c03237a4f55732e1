"""Announcing something to all hubs from wherever code runs: in a process that serves or not, in a thread or on a loop."""

import asyncio
from collections.abc import Mapping
from contextvars import Context
from time import monotonic
from typing import Any

from .hub import Hub
from .process import call_hub, current_hub, get_log, lasting_hub

# How long a process that serves nothing leaves a channel layer alone that did not take an announcement: each try may take
# seconds, and whoever saves a thousand users would wait for each (s).
_REST = 30.0


class _Rest:
    """Until when this process announces nothing, on the clock of :func:`time.monotonic`."""

    until = 0.0


def can_announce() -> bool:
    """Whether anybody could hear what is announced here: pages of this process, or other processes."""
    return lasting_hub() is not None or (get_log().shared and monotonic() >= _Rest.until)


def announce(topic: str, content: Mapping[str, Any]) -> None:
    """
    Tell every hub that listens to a topic, in this process and in others. It may be lost on the way.

    Code of a process that serves waits for nothing. In another process a thread waits until it has left, or until the
    channel layer has not taken it for some seconds.
    """
    hub = lasting_hub()
    if hub is not None:
        # In a context of its own: what listeners do with it later on is no part of a request that is over by then.
        hub.loop.call_soon_threadsafe(hub.announcements.announce, topic, content, context=Context())
    elif not can_announce():
        return
    elif _is_on_a_loop():
        current_hub().announcements.announce(topic, content)
    else:
        call_hub(lambda hub: _announce_and_wait(hub, topic, content))


async def _announce_and_wait(hub: Hub, topic: str, content: Mapping[str, Any]) -> None:
    unsent = hub.metrics.unsent
    hub.announcements.announce(topic, content)
    await hub.groups.sent()
    if hub.metrics.unsent > unsent:
        _Rest.until = monotonic() + _REST


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
