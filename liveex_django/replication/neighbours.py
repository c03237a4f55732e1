"""
Several hubs in one process: one per event loop, and one for each sync call that finds none to ask.

They share the log of the process. When no channel layer connects them, because no other process could listen either,
they tell each other directly what they have committed.
"""

from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from ..store import Entry
from .instance import Instance
from .log import MutationLog

if TYPE_CHECKING:
    from .hub import Hub

_hubs: "WeakKeyDictionary[MutationLog, WeakSet[Hub]]" = WeakKeyDictionary()

# The hub whose action runs here, for plain def code: its thread has no event loop to know it by.
acting_hub: "ContextVar[Hub | None]" = ContextVar("liveex_acting_hub", default=None)


def move_in(hub: "Hub") -> None:
    """Called by a hub without a channel layer, when it is made."""
    _hubs.setdefault(hub.log, WeakSet()).add(hub)


def move_out(hub: "Hub") -> None:
    """Called by a hub that closes."""
    _hubs.get(hub.log, WeakSet()).discard(hub)


def tell_neighbours(hub: "Hub", instance: Instance, entry: Entry) -> None:
    """Hand an entry to every other hub of the process that follows the instance, on its own loop."""
    for neighbour in tuple(_hubs.get(hub.log, ())):
        if neighbour is not hub and neighbour.follows(instance):
            with suppress(RuntimeError):  # its loop has been closed
                neighbour.loop.call_soon_threadsafe(neighbour.hear, instance.digest, entry)


def announce_to_neighbours(hub: "Hub", topic: str, content: Mapping[str, Any]) -> None:
    """Tell every other hub of the process what was announced, on its own loop."""
    for neighbour in tuple(_hubs.get(hub.log, ())):
        if neighbour is not hub:
            with suppress(RuntimeError):  # as above
                neighbour.loop.call_soon_threadsafe(neighbour.announcements.hear, topic, content)
