"""
The hub's place in the channel layer: one channel of its own, a member of the group of every instance it follows.

The layer says *when* something changed, the log says *what*: a message that is lost, doubled or out of order costs
at most a read of the log.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from channels.layers import BaseChannelLayer

from ..exceptions import DamagedEntry
from ..store import Entry
from .instance import Instance
from .layer_messages import Announcement, Entries, Probe, holds_entries_of, unpack
from .memberships import Memberships
from .metrics import Metrics
from .outgoing import Outgoing
from .tasks import Tasks
from .timing import Timing

logger = logging.getLogger("liveex.replication")

# Between two messages that cannot be read, so that a layer which gives nothing else leaves time for the rest (s).
_AFTER_JUNK = 0.01

# How long to leave a channel layer alone that could not be listened to: at first, and at most (s).
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class Groups:
    """
    Args:
        layer: None when no other process could listen; then nothing here does anything.
        namespace: Of the log: two projects on one channel layer have two, and do not hear each other.
        hub_id: Tells our own messages from those of others.
        tasks: Those that end with the hub, whatever they do.
        hear: Called with what another hub has sent.
        entered: Called with a group through which messages may have been lost before now.
        recovered: Called when the layer can be listened to again.
    """

    def __init__(
        self,
        layer: BaseChannelLayer | None,
        namespace: str,
        hub_id: str,
        tasks: Tasks,
        metrics: Metrics,
        timing: Timing,
        hear: Callable[[Entries | Announcement], None],
        entered: Callable[[str], None],
        recovered: Callable[[], None],
    ) -> None:
        self.layer = layer
        self._hub_id = hub_id
        self._tasks = tasks
        self._metrics = metrics
        self._hear = hear
        self._recovered = recovered
        # 8 hex digits, so that the name of a group stays below the 100 characters that Channels allows.
        self._place = f"liveex.{hashlib.blake2b(namespace.encode(), digest_size=4).hexdigest()}"
        self._is_closed = False
        self._lock = asyncio.Lock()
        self._channel: str | None = None
        self._listener: asyncio.Task[None] | None = None
        self._outgoing: Outgoing | None = None
        self._memberships: Memberships | None = None
        if layer is not None:
            self._outgoing = Outgoing(layer, metrics, timing.rest)
            self._memberships = Memberships(layer, hub_id, tasks, metrics, timing, self._open_channel, entered)

    @property
    def everybody(self) -> str:
        """The group of all hubs that serve."""
        return f"{self._place}.hubs"

    def group_of(self, instance: Instance) -> str:
        """The group of the hubs that follow an instance."""
        return f"{self._place}.{instance.digest}"

    def group_of_topic(self, topic: str) -> str:
        """The group of the hubs that listen to a private topic: at most 70 ASCII letters, digits, hyphens and periods."""
        return f"{self._place}.topic.{topic}"

    def takes(self, instance: Instance) -> bool:
        """Whether others may follow it too; a page's has one subscriber."""
        return self.layer is not None and instance.store.scope != "page"

    async def enter(self, group: str) -> None:
        """Hear what is sent through a group from now on; see :meth:`Memberships.enter`."""
        if self._memberships is not None:
            await self._memberships.enter(group)

    def leave(self, group: str) -> None:
        """Stop hearing of a group, soon."""
        if self._memberships is not None:
            self._memberships.leave(group)

    def doubt(self, instance: Instance) -> None:
        """A change of an instance was found of which no message came."""
        if self._memberships is not None:
            self._memberships.doubt(self.group_of(instance))

    async def sound(self) -> None:
        """See whether the layer still reaches this hub at all."""
        if self._memberships is not None:
            await self._memberships.sound(self.everybody)

    async def round_trip(self, topic: str) -> float:
        """How long a message takes to come back through the group of a private topic; see :meth:`Memberships.round_trip`."""
        assert self._memberships is not None, "asked where no other process could listen"
        return await self._memberships.round_trip(self.group_of_topic(topic))

    def renew(self) -> None:
        """Make sure of every membership again."""
        if self._memberships is not None:
            self._memberships.renew_all()

    def broadcast(self, instance: Instance, entry: Entry, after: str) -> None:
        """Tell the other processes, soon; a layer that cannot is not the commit's failure: they can read the log."""
        if self._outgoing is not None and self.takes(instance):
            message = Entries(self._hub_id, instance.digest, after, (entry,))
            self._outgoing.post(self.group_of(instance), message)

    def announce(self, topic: str, content: Mapping[str, Any], *, is_private: bool = False) -> None:
        """Tell every hub that serves, or those that listen to a private topic, soon."""
        if self._outgoing is not None:
            group = self.group_of_topic(topic) if is_private else self.everybody
            self._outgoing.post(group, Announcement(self._hub_id, topic, content))

    async def close(self) -> None:
        """Let what was said leave, get out of the groups, and stop listening, soon."""
        if self._outgoing is not None:
            await self._outgoing.drain()
        if self._memberships is not None:
            await self._memberships.leave_all()
        self._is_closed = True
        if self._listener is not None:
            self._listener.cancel()

    async def sent(self) -> None:
        """Wait until what was said has left."""
        if self._outgoing is not None:
            await self._outgoing.drain()

    async def _open_channel(self) -> str:
        assert self.layer is not None
        async with self._lock:
            if self._channel is None:
                self._channel = await self.layer.new_channel("liveex")  # type: ignore[call-arg]  # every layer takes a prefix
                self._listener = self._tasks.run(self._listen(self._channel))
            return self._channel

    async def _listen(self, channel: str) -> None:
        assert self.layer is not None
        pause = _FIRST_PAUSE
        while True:
            try:
                message = await self.layer.receive(channel)
            except (ValueError, TypeError) as error:  # of what takes the bytes apart: one message, not the layer
                self._drop(error)
                await asyncio.sleep(_AFTER_JUNK)
            except Exception as error:  # as above; to stop listening would leave every page of this process behind
                if self._is_closed:
                    return  # channels_redis.core may raise a KeyError in place of the cancellation
                logger.log(
                    logging.WARNING if pause == _FIRST_PAUSE else logging.DEBUG,
                    "The channel layer cannot be listened to: %s. The next try is in %g s.",
                    str(error) or type(error).__name__,
                    pause,
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                # A layer that only waits says nothing of having come back.
                self._recovered()
            else:
                pause = _FIRST_PAUSE
                self._take(message)

    def _take(self, raw: object) -> None:
        if holds_entries_of(raw, self._hub_id):
            return
        try:
            message = unpack(raw)
            if isinstance(message, Probe):
                if message.hub == self._hub_id and self._memberships is not None:
                    self._memberships.take(message)
            elif message.hub != self._hub_id:
                self._hear(message)
        except DamagedEntry as error:
            self._drop(error)
        except Exception:  # the damage of one instance must not make the others deaf
            logger.exception("A message from another process could not be taken; its instance reads the log later.")

    def _drop(self, error: Exception) -> None:
        self._metrics.damaged += 1
        why = str(error) or type(error).__name__
        logger.error("A message on the channel layer is not one of ours and was dropped: %s", why)
