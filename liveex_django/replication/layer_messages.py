"""
What hubs say to each other through the channel layer. Everything is a dict of plain data; nothing in it is trusted.

``liveex.entries``: entries were committed. ``liveex.probe``: from a hub to itself, to see that a group reaches it.
``liveex.announcement``: something that every hub should know, such as that somebody has logged out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import DamagedEntry
from ..store import Entry
from ..store.codec import decode_entry, encode_entry

_ENTRIES, _PROBE, _ANNOUNCEMENT = "liveex.entries", "liveex.probe", "liveex.announcement"


@dataclass(frozen=True, slots=True)
class Entries:
    """
    Of one instance, one behind the other.

    Attributes:
        instance: Its digest.
        after: The id of the entry before the first, so that a fork is noticed.
    """

    hub: str
    instance: str
    after: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """The ``number``-th of a hub through a group."""

    hub: str
    group: str
    number: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """``content`` is plain data that MessagePack has."""

    hub: str
    topic: str
    content: Mapping[str, Any]


Message = Entries | Probe | Announcement


def pack(message: Message) -> dict[str, Any]:
    """A message as a channel layer carries it."""
    match message:
        case Entries(hub, instance, after, entries):
            encoded = [encode_entry(entry) for entry in entries]
            return {"type": _ENTRIES, "hub": hub, "instance": instance, "after": after, "entries": encoded}
        case Probe(hub, group, number):
            return {"type": _PROBE, "hub": hub, "group": group, "number": number}
        case Announcement(hub, topic, content):
            return {"type": _ANNOUNCEMENT, "hub": hub, "topic": topic, "content": dict(content)}


def holds_entries_of(message: object, hub: str) -> bool:
    """Whether a hub has sent this itself, and need not decode it: a layer brings to every member what any of them sends."""
    return isinstance(message, dict) and message.get("hub") == hub and message.get("type") == _ENTRIES


def unpack(message: object) -> Message:
    """
    Raises:
        DamagedEntry: It is no message of ours, or one of a later release.
    """
    match message:
        case {"type": kind, "hub": str(hub), "instance": str(instance), "after": str(after), "entries": [*encoded]} if (
            kind == _ENTRIES and all(isinstance(data, bytes) for data in encoded)
        ):
            return Entries(hub, instance, after, tuple(map(decode_entry, encoded)))
        case {"type": kind, "hub": str(hub), "group": str(group), "number": int(number)} if kind == _PROBE:
            return Probe(hub, group, number)
        case {"type": kind, "hub": str(hub), "topic": str(topic), "content": dict(content)} if kind == _ANNOUNCEMENT:
            return Announcement(hub, topic, content)
    raise DamagedEntry(f"it is {message!r:.200}")
