"""
The outbox: a table in the project's database, where atomic actions leave their commits together with their rows.

Everything here asks the database, so it runs in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from ..exceptions import OutboxMissing
from ..store import Store, freeze
from ..store.actions import Action
from ..store.codec import decode_state, encode_state
from .calls import Call
from .instance import Instance
from .origin import Origin

if TYPE_CHECKING:
    from ..models import OutboxEntry

# The one that transaction.atomic() is about when it is not told which.
DATABASE = DEFAULT_DB_ALIAS

# Databases in which the table has been seen.
_seen: set[str] = set()


@dataclass(frozen=True, slots=True)
class Left:
    """
    A commit that is in the outbox and perhaps not in the log.

    Attributes:
        id: That of the entry it becomes.
    """

    id: str
    store: str
    key: str
    calls: bytes
    action: str
    actor: str | None
    cause: str | None

    @property
    def origin(self) -> Origin:
        """Of the commit: together with :attr:`number` it gives the entry the id that was chosen."""
        return Origin(
            id=self.id.rpartition(".")[0], cause=self.cause, action=self.action, by=self.actor, is_repeatable=True
        )

    @property
    def number(self) -> int:
        return int(self.id.rpartition(".")[2])

    def calls_of(self, store: Store) -> list[Call]:
        """
        Raises:
            UnknownMutation: This release does not have one of the mutations.
            DamagedEntry: What is in the table is not ours.
        """
        listed = decode_state(self.calls)["calls"]
        return [Call(store.find_mutation(call["mutation"]), call["payload"]) for call in listed]


def require_table(action: Action) -> None:
    """
    Raises:
        OutboxMissing: The table has not been made.
    """
    connection = connections[DATABASE]
    if DATABASE not in _seen:
        if _entries().model._meta.db_table not in connection.introspection.table_names():
            raise OutboxMissing(action.name, action.store_name, DATABASE)
        _seen.add(DATABASE)


def leave(id: str, instance: Instance, calls: Sequence[Call], origin: Origin) -> None:
    """Put a commit into the outbox, within the transaction that is open."""
    listed = [{"mutation": call.mutation.name, "payload": call.payload} for call in calls]
    _entries().create(
        id=id,
        store=instance.store.name,
        key=instance.key,
        calls=encode_state(freeze({"calls": listed})),
        action=origin.action or "",
        actor=origin.actor or "",
        cause=origin.cause or "",
        created=timezone.now(),
    )


def has(id: str) -> bool:
    """Whether a commit was left, refused or not."""
    return bool(_entries().filter(pk=id).exists())


def drop(id: str) -> None:
    """Called when a commit is in the log."""
    _entries().filter(pk=id).delete()


def refuse(id: str, why: str) -> bool:
    """Keep a commit that can never be made, with the reason; whether this is the first to say so."""
    return bool(_entries().filter(pk=id, refused="").update(refused=why or "refused"))


def waiting(limit: int) -> list[Left]:
    """The oldest commits that are left."""
    return [_left(entry) for entry in _entries().filter(refused="").order_by("created", "id")[:limit]]


def _left(entry: "OutboxEntry") -> Left:
    return Left(
        id=entry.id,
        store=entry.store,
        key=entry.key,
        calls=bytes(entry.calls),
        action=entry.action,
        actor=entry.actor or None,
        cause=entry.cause or None,
    )


def _entries() -> Any:
    # A model can be imported only once the apps are ready; this package is imported before.
    from ..models import OutboxEntry

    return OutboxEntry.objects.using(DATABASE)
