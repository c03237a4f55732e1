"""
What is said in a roll call, as the contents of announcements: plain data, and nothing in it is trusted.

A call has an id; hubs answer under a topic of that id, in parts, so that no message is larger than 32 KiB. The keys of
instances, which may be ids of users and sessions, stay where they are: only digests are sent.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from ..exceptions import DamagedEntry
from .log import Position

#: The topic under which everybody is asked.
CALL = "roll-call"

#: Digests that one call may ask for: about 20 KiB.
MOST_ASKED = 500
#: Instances in one part of an answer: at most 20 KiB, with a name of 100 characters in each.
MOST_HOLDINGS = 60

_Name = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
_Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}\Z")]
_Mark = Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]
# What is shown in terminals has no control characters, which could move the cursor or write elsewhere.
_Text = Annotated[str, Meta(max_length=255, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
_Count = Annotated[int, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class Call:
    """``instances`` are digests, those whose states matter most first; none: all that a hub follows."""

    id: _Name
    instances: Annotated[tuple[_Digest, ...], Meta(max_length=MOST_ASKED)] = ()


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """
    The process that a hub is in, and what the hub reports of itself.

    Attributes:
        release: ``LIVEEX["RELEASE"]``.
        versions: Of this package, Python, Django and Channels.
        is_serving: Whether it serves live pages.
        is_degraded, instances, outdated, tasks, metrics: As in a ``Report``.
        quarantined: The first of the digests.
    """

    host: _Text
    pid: _Count
    release: _Text
    versions: dict[_Text, _Text]
    is_serving: bool
    is_degraded: bool
    instances: dict[_Text, _Count]
    outdated: _Count
    quarantined: tuple[_Digest, ...]
    tasks: _Count
    metrics: dict[_Text, _Count]


@dataclass(frozen=True, slots=True)
class Holding:
    """
    An instance as a hub has it.

    Attributes:
        store: The name of its store.
        epoch, version, mark: Its position, with a digest in place of the id, as :func:`marked` makes it.
        schema: Of its state.
        state: A digest of the encoded state; None when none was made.
    """

    digest: _Digest
    store: _Text
    epoch: _Text
    version: _Count
    mark: _Mark
    schema: int
    state: _Name | None

    @property
    def position(self) -> Position:
        """To be compared with marked positions only."""
        return Position(self.epoch, self.version, self.mark)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    A part of what a hub answers.

    Attributes:
        call: The id of the call.
        hub: The id of the hub.
        part: From 0. The first has the process, the others what the hub follows.
    """

    call: _Name
    hub: _Name
    part: _Count
    is_last: bool
    process: ProcessFacts | None = None
    holdings: Annotated[tuple[Holding, ...], Meta(max_length=MOST_HOLDINGS)] = ()


def topic_of_answers(call: str) -> str:
    """Under which a call is answered; only whoever asked listens to it."""
    return f"{CALL}.answer.{call}"


def marked(position: Position) -> Position:
    """A position whose id, which may be long and is anybody's choice, is replaced by 16 hex digits."""
    return replace(position, id=hashlib.blake2b(position.id.encode(), digest_size=8).hexdigest())


def pack(message: Call | Answer) -> dict[str, Any]:
    """A message as the content of an announcement."""
    content: dict[str, Any] = msgspec.to_builtins(message)
    return content


def unpack_call(content: Mapping[str, Any]) -> Call:
    """
    Raises:
        DamagedEntry: It is none, or one of a later release.
    """
    return _unpack(content, Call)


def unpack_answer(content: Mapping[str, Any]) -> Answer:
    """
    Raises:
        DamagedEntry: It is none, or one of a later release.
    """
    return _unpack(content, Answer)


M = TypeVar("M")


def _unpack(content: Mapping[str, Any], kind: type[M]) -> M:
    try:
        return msgspec.convert(content, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise DamagedEntry(f"it is no {kind.__name__.lower()} of a roll call: {error}") from error
