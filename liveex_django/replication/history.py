"""What was: entries of the past, and the states between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from ..exceptions import VersionGone
from ..store import Entry, FrozenDict, Store
from ..store.migrations import MIGRATE
from ..store.patches import apply_patches
from .calls import mutation_names
from .followed import Followed
from .instance import Instance
from .log import MutationLog, Position
from .origin import actor_of

# What an actor is called in a search when it is nobody: the system, which entries have None for.
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries are wanted; None is no condition."""

    # A name, or the function it was declared with. Transactions are found by each mutation in them.
    mutation: str | Callable[..., Any] | None = None
    # A user, or as entries name one: "user:5", "anonymous", and "system" for nobody.
    actor: Any = None
    # The id of a dispatch or an entry: what it dispatched and set off, at any depth.
    cause: str | None = None
    # From this moment on, and before that one; a naive one is in the current time zone.
    since: datetime | None = None
    until: datetime | None = None

    def is_open(self) -> bool:
        """Whether it has no conditions."""
        return self == Search()

    def run(self, entries: Sequence[Entry], store: Store) -> list[Entry]:
        """
        Those of ``entries`` that are wanted, in their order.

        Raises:
            UnknownMutation: Neither the store nor any of the entries has the mutation.
        """
        found, name = entries, self._mutation_name(store)
        if name is not None:
            found = [entry for entry in found if is_of(entry, name)]
            if not found and not name.startswith("$"):
                store.find_mutation(name)
        actor = self.actor if isinstance(self.actor, str | None) else actor_of(self.actor)
        if actor is not None:
            found = [entry for entry in found if (SYSTEM if entry.actor is None else entry.actor) == actor]
        if self.cause is not None:
            found = [entry for entry in found if _is_caused_by(entry, self.cause)]
        if self.since is not None:
            since = _aware(self.since)
            found = [entry for entry in found if entry.at >= since]
        if self.until is not None:
            until = _aware(self.until)
            found = [entry for entry in found if entry.at < until]
        return list(found)

    def _mutation_name(self, store: Store) -> str | None:
        if self.mutation is None or isinstance(self.mutation, str):
            return self.mutation
        return store.find_mutation(self.mutation).name


def is_of(entry: Entry, mutation: str) -> bool:
    """Whether an entry is one of a mutation, or a transaction with it."""
    return mutation == entry.name or mutation in mutation_names(entry)


def _is_caused_by(entry: Entry, cause: str) -> bool:
    return entry.cause is not None and (entry.cause == cause or entry.cause.startswith((f"{cause}/", f"{cause}.")))


def _aware(moment: datetime) -> datetime:
    return timezone.make_aware(moment) if settings.USE_TZ and timezone.is_naive(moment) else moment.astimezone()


async def kept_entries(log: MutationLog, instance: Instance) -> Sequence[Entry]:
    """Every entry that the log still has, oldest first."""
    (head,) = await log.heads([instance])
    return await log.history(instance, head.version) if head else ()


async def entries_upto(
    log: MutationLog, instance: Instance, position: Position, limit: int | None = None
) -> Sequence[Entry]:
    """The entries that led to a position, as far as they are kept: the newest ``limit``, or all; oldest first."""
    if limit is None:
        found = await kept_entries(log, instance)
    else:
        (head,) = await log.heads([instance])
        found = await log.history(instance, limit + max(0, head.version - position.version)) if head else ()
    return [entry for entry in found if entry.epoch == position.epoch and entry.version <= position.version]


async def search(log: MutationLog, instance: Instance, limit: int, wanted: Search) -> Sequence[Entry]:
    """The newest ``limit`` entries that are wanted, the newest first."""
    if limit <= 0:
        return ()
    if wanted.is_open():
        return tuple(reversed(await log.history(instance, limit)))
    found = wanted.run(await kept_entries(log, instance), instance.store)
    return tuple(reversed(found[-limit:]))


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of an instance's past, up to the replica's version: ``entries`` follow the version ``oldest``."""

    oldest: int
    newest: int
    entries: Sequence[Entry]

    def schema_at(self, version: int, newest: int) -> int:
        """The schema of the state after a version; ``newest`` is the one that the newest state has."""
        if version > self.oldest:
            return self.starting_with(version)[0].schema
        if not self.entries:
            return newest
        following = self.entries[0]
        old: int = following.payload["old"] if following.name == MIGRATE else following.schema
        return old

    def after(self, version: int) -> Sequence[Entry]:
        """
        The entries behind a version, oldest first.

        Raises:
            VersionGone: There was no such version, or not all that followed it are kept.
        """
        if not self.oldest <= version <= self.newest:
            raise VersionGone(version, self.newest, self.oldest)
        return self.entries[version - self.oldest :]

    def starting_with(self, version: int) -> Sequence[Entry]:
        """
        The entry of a version and those behind it.

        Raises:
            VersionGone: There was no such entry, or it is no longer kept.
        """
        if not self.oldest < version <= self.newest:
            raise VersionGone(version, self.newest, self.oldest)
        return self.entries[version - self.oldest - 1 :]


async def past_of(log: MutationLog, followed: Followed) -> Past:
    """What is kept of the past of the replica's present."""
    head = followed.replica.position
    kept = await entries_upto(log, followed.instance, head)
    return Past(head.version - len(kept), head.version, kept)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A state of the past, in the shape that it had."""

    state: FrozenDict[str, Any]
    schema: int


async def state_at(log: MutationLog, followed: Followed, version: int) -> Earlier:
    """
    The state at an earlier version, made by taking back the entries since.

    Raises:
        VersionGone: There was no such version, or its entries are no longer kept.
    """
    state, past = followed.replica.state, await past_of(log, followed)
    for entry in reversed(past.after(version)):
        state = apply_patches(state, entry.inverse)
    return Earlier(state, past.schema_at(version, followed.replica.schema))
