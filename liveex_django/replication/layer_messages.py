"""
What hubs say to each other through the channel layer. Everything is a dict of plain data; nothing in it is trusted.

``liveex.entry``: an entry was committed. ``liveex.probe``: from a hub to itself, to see that a group reaches it.
``liveex.announcement``: something that every hub should know, such as that somebody has logged out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import DamagedEntry
from ..store import Entry
from ..store.codec import decode_entry, encode_entry

_ENTRY, _PROBE, _ANNOUNCEMENT = "liveex.entry", "liveex.probe", "liveex.announcement"


@dataclass(frozen=True, slots=True)
class EntryMessage:
    """``instance`` is a digest; ``after`` is the id of the entry before this one, so that a fork is noticed."""

    hub: str
    instance: str
    after: str
    entry: Entry


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


Message = EntryMessage | Probe | Announcement


def pack(message: Message) -> dict[str, Any]:
    """A message as a channel layer carries it."""
    match message:
        case EntryMessage(hub, instance, after, entry):
            return {"type": _ENTRY, "hub": hub, "instance": instance, "after": after, "entry": encode_entry(entry)}
        case Probe(hub, group, number):
            return {"type": _PROBE, "hub": hub, "group": group, "number": number}
        case Announcement(hub, topic, content):
            return {"type": _ANNOUNCEMENT, "hub": hub, "topic": topic, "content": dict(content)}


def unpack(message: object) -> Message:
    """
    Raises:
        DamagedEntry: It is no message of ours, or one of a later release.
    """
    match message:
        case {
            "type": str(kind),
            "hub": str(hub),
            "instance": str(instance),
            "after": str(after),
            "entry": bytes(data),
        } if kind == _ENTRY:
            return EntryMessage(hub, instance, after, decode_entry(data))
        case {"type": str(kind), "hub": str(hub), "group": str(group), "number": int(number)} if kind == _PROBE:
            return Probe(hub, group, number)
        case {"type": str(kind), "hub": str(hub), "topic": str(topic), "content": dict(content)} if (
            kind == _ANNOUNCEMENT
        ):
            return Announcement(hub, topic, content)
    raise DamagedEntry(f"it is {message!r:.200}")
