"""
What this hub has to say through the channel layer: one message per group is on its way at a time, and then the group rests.

What is to be said meanwhile gathers and leaves together, so a store that is busy, or a layer that is slower than the
commits, makes fewer and larger messages. One that does not keep up even so loses the oldest: the others find them in the
log.
"""

import asyncio
import logging
from collections.abc import Sequence

from channels.layers import BaseChannelLayer

from .layer_messages import Entries, Message, pack
from .metrics import Metrics

logger = logging.getLogger("liveex.replication")

# A channel layer that has not taken a message by then will not (s).
_MOST_SENDING = 5.0
# Entries that wait for the message of their group.
_MOST_ENTRIES = 64
# So many entries do not wait for the end of a rest.
_MANY = 16


class Outgoing:
    """
    Of one hub. What was said leaves even when the hub closes at once: see :meth:`drain`.

    Args:
        rest: After a message to a group (s). What is said now and then leaves at once.
    """

    def __init__(self, layer: BaseChannelLayer, metrics: Metrics, rest: float) -> None:
        self._layer = layer
        self._metrics = metrics
        self._rest = rest
        # By group, in order: what waits for the message of the group that is on its way, and for the end of its rest.
        self._waiting: dict[str, list[Message]] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._is_failing = False

    def post(self, group: str, message: Message) -> None:
        """Say something, soon."""
        waiting = self._waiting.setdefault(group, [])
        last = waiting[-1] if waiting else None
        if isinstance(message, Entries) and isinstance(last, Entries) and last.entries[-1].id == message.after:
            waiting[-1] = _joined(last, message)
        else:
            waiting.append(message)
        if group not in self._resting or _are_many(waiting):
            self._begin(group)

    async def drain(self) -> None:
        """Wait until all that was said has left, or was not taken."""
        while self._resting or self._sending:
            for group in tuple(self._resting):
                self._begin(group)
            if self._sending:
                await asyncio.wait(self._sending.values())

    def _begin(self, group: str) -> None:
        """The group has rested: send what waits for it."""
        if (rest := self._resting.pop(group, None)) is not None:
            rest.cancel()
        if group in self._waiting and group not in self._sending:
            self._sending[group] = asyncio.get_running_loop().create_task(self._send_all(group))

    async def _send_all(self, group: str) -> None:
        try:
            for message in self._waiting.pop(group):
                await self._send(group, message)
        finally:
            del self._sending[group]
            self._resting[group] = asyncio.get_running_loop().call_later(self._rest, self._begin, group)
            if not self._rest or _are_many(self._waiting.get(group, ())):
                self._begin(group)

    async def _send(self, group: str, message: Message) -> None:
        try:
            async with asyncio.timeout(_MOST_SENDING):
                await self._layer.group_send(group, pack(message))
        except Exception as error:  # whatever a layer raises when its server is away
            self._metrics.unsent += 1
            is_entries = isinstance(message, Entries)
            logger.log(
                logging.DEBUG if self._is_failing else logging.WARNING,
                "The channel layer did not take %s for group %s: %s. %s",
                "entries" if is_entries else "an announcement",
                group,
                str(error) or type(error).__name__,
                "Others find them in the log." if is_entries else "Others do not hear of it.",
            )
            self._is_failing = True
        else:
            self._metrics.sent += 1
            self._is_failing = False


def _joined(first: Entries, second: Entries) -> Entries:
    """Both as one message; of too many entries the newest."""
    after, entries = first.after, (*first.entries, *second.entries)
    spare = len(entries) - _MOST_ENTRIES
    if spare > 0:
        after, entries = entries[spare - 1].id, entries[spare:]
    return Entries(first.hub, first.instance, after, entries)


def _are_many(waiting: Sequence[Message]) -> bool:
    return sum(len(message.entries) for message in waiting if isinstance(message, Entries)) >= _MANY
