"""
What is asked of Redis, and what the answers mean: the log without its connections.

Every operation is a generator. It yields steps, each a tuple of scripts to run or a :class:`Pause`, is sent the
answers, and returns the result. So an event loop and a worker without one run the same operations, each over its own
connections.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from ..exceptions import LogMisconfigured
from ..store import Entry, FrozenDict
from ..store.codec import encode_entry, encode_state
from . import redis_scripts as scripts
from .instance import Instance
from .log import AppendOutcome, Behind, Position, Snapshot
from .memory import KEPT_ENTRIES
from .redis_keys import check_prefix, keys_of
from .redis_races import Races
from .redis_replies import checked, decode_page, read_head, read_outcome, read_snapshot
from .redis_scripts import Script

SCOPES = ("global", "user", "session", "page", "key")
# Entries in one answer; Redis does nothing else while it makes one.
_PAGE = 1000
# How long a commit that lost too often goes first (ms). Running a mutation takes far less.
_TICKET = 250
# How long whoever has no ticket waits before it looks again, at most (s): whoever has it needs about as long.
_LONGEST_WAIT = 0.001


@dataclass(frozen=True, slots=True)
class Ask:
    """One script with its keys and arguments. ``commits`` says, for people, which entry it may put into the log."""

    script: Script
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
        self._idle = {scope: _checked_idle(scope, seconds) for scope, seconds in idle.items()}
        self._keep_ids = round(keep_ids * 1000)
        self._races = Races()

    def load(self, instance: Instance) -> Steps[Loaded | None]:
        ask = self._ask(scripts.LOAD, instance, self._idle_of(instance), _PAGE)
        reply = yield from _reply_to(instance, ask)
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
        reply = yield from _reply_to(instance, ask)
        if reply[0] == b"created":
            return snapshot, ()
        loaded = yield from self._loaded(instance, reply)
        return loaded or (yield from self.create(instance, state))

    def _loaded(self, instance: Instance, reply: Sequence[Any]) -> Steps[Loaded | None]:
        """The answer of a load, with the pages that follow; from the beginning when the log was cut meanwhile."""
        snapshot = read_snapshot(instance, reply)
        page = reply[-1]
        entries = decode_page(instance, snapshot.position.epoch, page, after=snapshot.position.version)
        if len(page) == _PAGE:
            rest = yield from self.read(instance, _position_of(entries[-1]))
            if rest is None:
                return (yield from self.load(instance))
            entries = (*entries, *rest)
        return snapshot, entries

    def append(
        self, instance: Instance, after: Position, entries: Sequence[Entry], asked_at: Position | None
    ) -> Steps[AppendOutcome]:
        first = entries[0]
        encoded = [encode_entry(entry) for entry in entries]
        written: list[bytes | str | int] = []
        for entry, data in zip(entries, encoded, strict=True):
            written += entry.version, entry.id, data
        was_repeated = False
        while True:
            ticket = _TICKET if self._races.is_due(instance.digest, first.id) else 0
            ask = self._ask(
                scripts.APPEND,
                instance,
                self._idle_of(instance),
                _PAGE,
                after.epoch,
                after.version,
                after.id,
                _asked_version(asked_at, after.epoch),
                ticket,
                *written,
                commits=f"{instance}, id {first.id!r}",
            )
            answers = yield (ask,)
            reply = checked(instance, answers.replies[0])
            was_repeated = was_repeated or answers.was_repeated
            if reply[0] != b"wait":
                break
            yield Pause(min(int(reply[1]) / 1000, _LONGEST_WAIT))
        # What the first try would have made of the first entry, when it ran and was not answered.
        outcome = read_outcome(instance, after, entries, encoded[0] if was_repeated else None, reply)
        if isinstance(outcome, Behind):
            self._races.lose(instance.digest, first.id)
        else:
            self._races.end(instance.digest)
        return outcome

    def read(self, instance: Instance, after: Position) -> Steps[Sequence[Entry] | None]:
        entries: list[Entry] = []
        while True:
            ask = self._ask(scripts.READ, instance, _PAGE, after.epoch, after.version, after.id)
            reply = yield from _reply_to(instance, ask)
            if reply[0] == b"elsewhere":
                return None
            entries += decode_page(instance, after.epoch, reply[1], after=after.version)
            if len(reply[1]) < _PAGE:
                return entries
            after = _position_of(entries[-1])

    def find(self, instance: Instance, ids: Sequence[str]) -> Steps[int | None]:
        reply = yield from _reply_to(instance, self._ask(scripts.FIND, instance, *ids))
        return int(reply[1]) if reply[0] == b"found" else None

    def contains(self, instance: Instance, position: Position) -> Steps[bool | None]:
        ask = self._ask(scripts.CONTAINS, instance, position.epoch, position.version, position.id)
        reply = yield from _reply_to(instance, ask)
        return {b"yes": True, b"no": False}.get(reply[0])

    def heads(self, instances: Sequence[Instance]) -> Steps[Sequence[Position | None]]:
        if not instances:
            return []
        answers = yield tuple(self._ask(scripts.HEAD, instance, self._idle_of(instance)) for instance in instances)
        # An instance whose keys cannot be used is no reason to know nothing of the others; its next load says why.
        return [read_head(reply) if isinstance(reply, bytes) else None for reply in answers.replies]

    def history(self, instance: Instance, limit: int) -> Steps[Sequence[Entry]]:
        if limit <= 0:
            return ()
        reply = yield from _reply_to(instance, self._ask(scripts.HISTORY, instance, limit))
        _, epoch, page = reply
        return decode_page(instance, epoch.decode(), page[::-1])

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
        yield from _reply_to(instance, ask)

    def _idle_of(self, instance: Instance) -> int:
        return self._idle.get(instance.store.scope, 0)

    def _ask(
        self, script: Script, instance: Instance, *arguments: bytes | str | int, commits: str | None = None
    ) -> Ask:
        return Ask(script, keys_of(self.prefix, instance), arguments, commits)


def _reply_to(instance: Instance, ask: Ask) -> Steps[Sequence[Any]]:
    answers = yield (ask,)
    return checked(instance, answers.replies[0])


def _checked_idle(scope: str, seconds: float | None) -> int:
    """In ms; 0: for ever."""
    if scope not in SCOPES or (seconds is not None and not (isinstance(seconds, int | float) and seconds > 0)):
        raise LogMisconfigured(
            f"{{{scope!r:.40}: {seconds!r:.40}}} cannot say how long the log keeps instances that nobody uses. Write the "
            f"scope ({', '.join(SCOPES)}) and a number of seconds above zero, or None for ever: "
            "LIVEEX = {'LOG_IDLE': {'page': 86400}}."
        )
    return 0 if seconds is None else max(1, round(seconds * 1000))


def _asked_version(asked_at: Position | None, epoch: str) -> str | int:
    if asked_at is None:
        return ""
    return asked_at.version if asked_at.epoch == epoch else -1


def _position_of(entry: Entry) -> Position:
    return Position(entry.epoch, entry.version, entry.id)
