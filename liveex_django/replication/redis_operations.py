"""
What is asked of Redis, and what the answers mean: the log without its connections.

Every operation is a generator. It yields steps, each a tuple of scripts to run or a :class:`Pause`, is sent the
answers, and returns the result. So an event loop and a worker without one run the same operations, each over its own
connections.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar
from uuid import uuid4

from ..exceptions import DamagedEntry, LogKeyTaken, LogUnsupported, OutcomeUnknown
from ..store import Entry, FrozenDict
from ..store.codec import decode_entry, decode_state, encode_entry, encode_state
from . import redis_scripts as scripts
from .instance import Instance
from .log import Appended, AppendOutcome, Behind, Elsewhere, Position, Repeated, Snapshot
from .memory import KEPT_ENTRIES
from .redis_keys import check_prefix, keys_of
from .redis_races import Races
from .redis_scripts import Script

# Entries in one answer; Redis does nothing else while it makes one.
_PAGE = 1000
# How long a commit that lost too often goes first (ms). Running a mutation takes far less.
_TICKET = 250
# How long whoever has no ticket waits before it looks again, at most (s).
_LONGEST_WAIT = 0.01


@dataclass(frozen=True, slots=True)
class Ask:
    """One script with its keys and arguments. ``commits`` is the id of the entry it may put into the log."""

    script: Script
    instance: Instance
    keys: Sequence[str]
    arguments: Sequence[bytes | str | int]
    commits: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answers:
    """``was_repeated``: an earlier try of the same step got no answer, and may have run as well."""

    replies: Sequence[Any]
    was_repeated: bool


T = TypeVar("T")
Step = tuple[Ask, ...] | Pause
Steps = Generator[Step, Answers, T]
Loaded = tuple[Snapshot, Sequence[Entry]]


class Operations:
    """
    Args:
        prefix: What all keys begin with.
        idle: Seconds without use after which an instance goes, per scope; scopes that are missing, or None: never.
        keep_ids: Seconds for which the id of an entry is known at least.
    """

    def __init__(self, prefix: str, idle: Mapping[str, float | None], keep_ids: float) -> None:
        self.prefix = check_prefix(prefix)
        self._idle = {scope: round((seconds or 0) * 1000) for scope, seconds in idle.items()}
        self._keep_ids = round(keep_ids * 1000)
        self._races = Races()

    def load(self, instance: Instance) -> Steps[Loaded | None]:
        ask = self._ask(scripts.LOAD, instance, self._idle_of(instance), _PAGE)
        reply = yield from _reply_to(ask)
        return None if reply[0] == b"none" else (yield from self._loaded(instance, reply))

    def create(self, instance: Instance, state: FrozenDict[str, Any]) -> Steps[Loaded]:
        snapshot = Snapshot(Position(uuid4().hex, 0, ""), state, instance.store.schema)
        ask = self._ask(
            scripts.CREATE,
            instance,
            self._idle_of(instance),
            _PAGE,
            snapshot.position.epoch,
            snapshot.schema,
            encode_state(state),
        )
        reply = yield from _reply_to(ask)
        if reply[0] == b"created":
            return snapshot, ()
        loaded = yield from self._loaded(instance, reply)
        return loaded or (yield from self.create(instance, state))

    def _loaded(self, instance: Instance, reply: Sequence[Any]) -> Steps[Loaded | None]:
        """The answer of a load, with the pages that follow; from the beginning when the log was cut meanwhile."""
        _, epoch, version, id, schema, state, page = reply
        position = Position(_text(epoch), int(version), _text(id))
        try:
            snapshot = Snapshot(position, decode_state(state), int(schema))
        except DamagedEntry as error:
            raise DamagedEntry(f"The snapshot of {instance} at version {position.version}: {error}") from error
        entries = _decode(instance, position.epoch, page, after=position.version)
        if len(page) == _PAGE:
            rest = yield from self.read(instance, _position_of(entries[-1]))
            if rest is None:
                return (yield from self.load(instance))
            entries = (*entries, *rest)
        return snapshot, entries

    def append(
        self, instance: Instance, after: Position, entry: Entry, asked_at: Position | None
    ) -> Steps[AppendOutcome]:
        encoded = encode_entry(entry)
        was_repeated = False
        while True:
            ticket = _TICKET if self._races.is_due(instance.digest, entry.id) else 0
            ask = self._ask(
                scripts.APPEND,
                instance,
                self._idle_of(instance),
                _PAGE,
                after.epoch,
                after.version,
                after.id,
                entry.version,
                entry.id,
                encoded,
                _asked_version(asked_at, after.epoch),
                ticket,
                commits=entry.id,
            )
            answers = yield (ask,)
            reply = _checked(ask, answers.replies[0])
            was_repeated = was_repeated or answers.was_repeated
            if reply[0] != b"wait":
                break
            yield Pause(min(int(reply[1]) / 1000, _LONGEST_WAIT))
        outcome = _outcome(instance, after, entry, reply, was_repeated)
        if isinstance(outcome, Behind):
            self._races.lose(instance.digest, entry.id)
        else:
            self._races.end(instance.digest)
        return outcome

    def read(self, instance: Instance, after: Position) -> Steps[Sequence[Entry] | None]:
        entries: list[Entry] = []
        while True:
            ask = self._ask(scripts.READ, instance, _PAGE, after.epoch, after.version, after.id)
            reply = yield from _reply_to(ask)
            if reply[0] == b"elsewhere":
                return None
            entries += _decode(instance, after.epoch, reply[1], after=after.version)
            if len(reply[1]) < _PAGE:
                return entries
            after = _position_of(entries[-1])

    def heads(self, instances: Sequence[Instance]) -> Steps[Sequence[Position | None]]:
        if not instances:
            return []
        answers = yield tuple(self._ask(scripts.HEAD, instance, self._idle_of(instance)) for instance in instances)
        # An instance whose keys cannot be used is no reason to know nothing of the others; its next load says why.
        return [_head(reply) if isinstance(reply, bytes) else None for reply in answers.replies]

    def history(self, instance: Instance, limit: int) -> Steps[Sequence[Entry]]:
        if limit <= 0:
            return ()
        reply = yield from _reply_to(self._ask(scripts.HISTORY, instance, limit))
        return _decode(instance, _text(reply[1]), reply[2][::-1])

    def save_snapshot(self, instance: Instance, snapshot: Snapshot) -> Steps[None]:
        position = snapshot.position
        ask = self._ask(
            scripts.SAVE_SNAPSHOT,
            instance,
            self._idle_of(instance),
            position.epoch,
            position.version,
            position.id,
            snapshot.schema,
            encode_state(snapshot.state),
            KEPT_ENTRIES,
            self._keep_ids,
        )
        yield from _reply_to(ask)

    def _idle_of(self, instance: Instance) -> int:
        return self._idle.get(instance.store.scope, 0)

    def _ask(
        self, script: Script, instance: Instance, *arguments: bytes | str | int, commits: str | None = None
    ) -> Ask:
        return Ask(script, instance, keys_of(self.prefix, instance), arguments, commits)


def _reply_to(ask: Ask) -> Steps[Sequence[Any]]:
    answers = yield (ask,)
    return _checked(ask, answers.replies[0])


def _checked(ask: Ask, reply: Sequence[Any]) -> Sequence[Any]:
    """
    Raises:
        LogKeyTaken: A key of the instance is not ours.
        LogUnsupported: The keys are of a newer release.
        DamagedEntry: The log has not the entries that it says it has.
    """
    match reply:
        case [b"taken", key, kind]:
            raise LogKeyTaken(_text(key), f"a {_text(kind)}")
        case [b"foreign", key, b""]:
            raise LogKeyTaken(_text(key), "a hash without the fields of a log")
        case [b"foreign", key, format]:
            raise LogUnsupported(
                f"Redis keeps {ask.instance} (key {_text(key)!r}) in format {_text(format)!r:.40}, and this release "
                "reads format 1: a newer release wrote it. Bring this process up to date."
            )
        case [b"gap", version]:
            _refuse(ask.instance, f"the entry of version {_text(version)} is missing, or others stand in its place")
    return reply


def _outcome(
    instance: Instance, after: Position, entry: Entry, reply: Sequence[Any], was_repeated: bool
) -> AppendOutcome:
    match reply:
        case [b"appended"]:
            return Appended()
        case [b"repeated", version, kept]:
            if was_repeated and int(version) == entry.version:
                return Appended()  # by the try that got no answer
            if kept:
                return Repeated(_decode(instance, after.epoch, kept)[0])
            # Its entry was trimmed; only that it was applied, and where, is still known.
            return Repeated(replace(entry, version=int(version), patches=(), inverse=()))
        case [b"behind", missing]:
            return Behind(_decode(instance, after.epoch, missing, after=after.version))
        case [b"forgotten"]:
            raise OutcomeUnknown(
                f"{instance}, id {entry.id!r}", "the log no longer knows ids as old as this one may be"
            )
    return Elsewhere()


def _asked_version(asked_at: Position | None, epoch: str) -> str | int:
    if asked_at is None:
        return ""
    return asked_at.version if asked_at.epoch == epoch else -1


def _decode(instance: Instance, epoch: str, page: Iterable[Any], *, after: int | None = None) -> tuple[Entry, ...]:
    """
    The entries of a page, which follow each other; the first one follows version ``after``, when that is given.

    Raises:
        DamagedEntry: They do not, or are no entries of this instance.
    """
    entries = []
    for place, fields in page:
        match fields:
            case [b"id", id, b"entry", data] if place.endswith(b"-0"):
                version = int(place[:-2])
            case _:
                _refuse(instance, f"what stands at {_text(place)} of its log was not written by this package")
        if after is not None and version != after + 1:
            _refuse(instance, f"the entries between version {after} and {version} are missing")
        try:
            entry = decode_entry(data)
        except DamagedEntry as error:
            raise DamagedEntry(f"Entry {version} of {instance}: {error}") from error
        if (entry.version, entry.epoch, entry.id.encode()) != (version, epoch, id):
            _refuse(instance, f"the entry at version {version} belongs to another place or history")
        entries.append(entry)
        after = version
    return tuple(entries)


def _refuse(instance: Instance, why: str) -> NoReturn:
    raise DamagedEntry(
        f"The log of {instance} cannot be read: {why}. Other instances are not concerned. Restore the keys that have "
        f"{instance.digest} in their name from a backup, or delete them: the instance begins again then."
    )


def _head(reply: bytes) -> Position:
    epoch, version, id = reply.split(b" ", 2)
    return Position(_text(epoch), int(version), _text(id))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _position_of(entry: Entry) -> Position:
    return Position(entry.epoch, entry.version, entry.id)
