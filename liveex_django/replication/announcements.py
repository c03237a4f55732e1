"""What hubs tell each other besides entries, by topics: that somebody has logged out, for example."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .neighbours import announce_to_neighbours

if TYPE_CHECKING:
    from .hub import Hub

Listener = Callable[[Mapping[str, Any]], None]


class Announcements:
    """Of one hub. Anything may be lost on the way, so what must not be missed needs another way to be noticed."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._listeners: dict[str, Listener] = {}

    async def listen(self, topic: str, listener: Listener, *, is_private: bool = False) -> None:
        """
        Call ``listener(content)`` for whatever is announced under a topic from now on, here or in other processes.

        Args:
            is_private: What is announced under it reaches only those who listen to it, and not every hub.
        """
        self._listeners[topic] = listener
        await self._hub.begin_to_listen()
        if self._hub.listens:
            self._hub.check.start()
            groups = self._hub.groups
            await groups.enter(groups.group_of_topic(topic) if is_private else groups.everybody)

    def announce(self, topic: str, content: Mapping[str, Any], *, is_private: bool = False) -> None:
        """
        Tell every hub that listens to a topic, this one included.

        Args:
            is_private: As they listen to it.
        """
        if self._hub.groups.layer is None:
            announce_to_neighbours(self._hub, topic, content)
        else:
            self._hub.groups.announce(topic, content, is_private=is_private)
        self.hear(topic, content)

    def hear(self, topic: str, content: Mapping[str, Any]) -> None:
        """Take what another hub, or this one, announces. Called on the loop."""
        if (listener := self._listeners.get(topic)) is not None:
            listener(content)
