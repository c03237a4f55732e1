"""
The hub's place in the channel layer: one channel of its own, a member of the group of every instance it follows.

The layer says *when* something changed, the log says *what*: a message that is lost, doubled or out of order costs
at most a read of the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import BaseChannelLayer

from ..exceptions import DamagedEntry
from ..store import Entry
from ..store.codec import decode_entry, encode_entry
from .instance import Instance
from .tasks import Tasks

logger = logging.getLogger("liveex.replication")

# A channel layer that has not taken a message by then will not; the others find the entry in the log (s).
_MOST_SENDING = 5.0

# How long to leave a channel layer alone that could not be listened to: at first, and at most (s).
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class Groups:
    """
    Args:
        layer: None when no other process could listen; then nothing here does anything.
        hub_id: Tells our own messages from those of others.
        hear: Called with the digest of an instance and an entry that another process has committed to it.
    """

    def __init__(
        self,
        layer: BaseChannelLayer | None,
        hub_id: str,
        tasks: Tasks,
        hear: Callable[[str, Entry], Awaitable[None]],
    ) -> None:
        self.layer = layer
        self._hub_id = hub_id
        self._tasks = tasks
        self._hear = hear
        self._lock = asyncio.Lock()
        self._channel: str | None = None
        self._listener: asyncio.Task[None] | None = None
        # Entries on their way to the other processes; they leave even when the hub closes at once.
        self._sending: set[asyncio.Task[None]] = set()

    def takes(self, instance: Instance) -> bool:
        """Whether others may follow it too; a page's has one subscriber."""
        return self.layer is not None and instance.store.scope != "page"

    async def join(self, instance: Instance) -> None:
        """Hear of the entries of an instance from now on."""
        assert self.layer is not None
        async with self._lock:
            if self._channel is None:
                self._channel = await self.layer.new_channel("liveex")  # type: ignore[call-arg]  # every layer takes a prefix
                self._listener = self._tasks.run(self._listen(self._channel))
            await self.layer.group_add(instance.group, self._channel)

    async def leave(self, instance: Instance, is_wanted: Callable[[], bool]) -> None:
        """Stop hearing of an instance, unless somebody wants it again when its turn has come."""
        assert self.layer is not None
        async with self._lock:
            if is_wanted() or self._channel is None:
                return
            try:
                await self.layer.group_discard(instance.group, self._channel)
            except Exception as error:  # whatever a layer raises when its server is away; what still comes is dropped
                logger.warning("The channel layer did not let go of the group of %s: %s", instance, error)

    def broadcast(self, instance: Instance, entry: Entry) -> None:
        """Tell the other processes, soon; a layer that cannot is not the commit's failure: they can read the log."""
        if self.takes(instance):
            task = asyncio.get_running_loop().create_task(self._send(instance, entry))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Stop listening, and let what was committed leave."""
        if self._listener is not None:
            self._listener.cancel()
        if self._sending:
            await asyncio.wait(self._sending)

    async def _send(self, instance: Instance, entry: Entry) -> None:
        assert self.layer is not None
        try:
            async with asyncio.timeout(_MOST_SENDING):
                await self.layer.group_send(
                    instance.group,
                    {
                        "type": "liveex.entry",
                        "hub": self._hub_id,
                        "instance": instance.digest,
                        "entry": encode_entry(entry),
                    },
                )
        except Exception:  # as above
            logger.exception("The channel layer did not take entry %s of %s.", entry.version, instance)

    async def _listen(self, channel: str) -> None:
        assert self.layer is not None
        pause = _FIRST_PAUSE
        while True:
            try:
                message = await self.layer.receive(channel)
            except Exception:  # as above; to stop listening would leave every page of this process behind
                logger.exception("The channel layer cannot be listened to; the next try is in %g s.", pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE
                await self._take(message)

    async def _take(self, message: dict[str, Any]) -> None:
        try:
            if message["hub"] != self._hub_id:
                await self._hear(message["instance"], decode_entry(message["entry"]))
        except (DamagedEntry, KeyError, TypeError) as error:
            logger.error("A message on the channel layer is not an entry of ours and was dropped: %s", error)
        except Exception:  # the damage of one instance must not make the others deaf
            logger.exception("An entry from another process could not be taken; its instance reads the log later.")
