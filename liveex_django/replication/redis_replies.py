"""What the answers of the scripts mean."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from ..exceptions import DamagedEntry, LogKeyTaken, LogUnsupported, OutcomeUnknown
from ..store import Entry
from ..store.codec import decode_entry, decode_state
from .instance import Instance
from .log import Appended, AppendOutcome, Behind, Elsewhere, Position, Repeated, Snapshot


def check_keys(what: object, reply: Sequence[Any], *, no_fields: str) -> None:
    """
    Take an answer to a script that has looked at its keys.

    Args:
        what: Which the keys are of.
        no_fields: What stands in a hash of somebody else.

    Raises:
        LogKeyTaken: A key is not ours.
        LogUnsupported: The keys are of a newer release.
    """
    match reply:
        case [b"taken", key, kind]:
            raise LogKeyTaken(_text(key), f"a {_text(kind)}")
        case [b"foreign", key, b""]:
            raise LogKeyTaken(_text(key), no_fields)
        case [b"foreign", key, format]:
            raise LogUnsupported(
                f"Redis keeps {what} (key {_text(key)!r}) in format {_text(format)!r:.40}, and this release "
                "reads format 1: a newer release wrote it. Bring this process up to date."
            )


def checked(instance: Instance, reply: Sequence[Any]) -> Sequence[Any]:
    """
    An answer that says how it went.

    Raises:
        LogKeyTaken, LogUnsupported: The keys of the instance cannot be used.
        DamagedEntry: The log has not the entries that it says it has.
    """
    check_keys(instance, reply, no_fields="a hash without the fields of a log")
    match reply:
        case [b"gap", version]:
            _refuse(instance, f"the entry of version {_text(version)} is missing, or others stand in its place")
    return reply


def read_outcome(
    instance: Instance, after: Position, entries: Sequence[Entry], tried: bytes | None, reply: Sequence[Any]
) -> AppendOutcome:
    """
    Args:
        tried: The first of the entries, encoded, when an earlier try got no answer and may have run.
    """
    match reply:
        case [b"appended"]:
            return Appended()
        case [b"repeated", id, version, kept]:
            if kept:
                if tried is not None and kept[0][1][-1] == tried:
                    return Appended()  # by the try that got no answer, and by no other process under the same id
                return Repeated(decode_page(instance, after.epoch, kept)[0])
            # Its entry was trimmed; only that it was applied, and where, is still known.
            asked = next(entry for entry in entries if entry.id.encode() == id)
            return Repeated(replace(asked, version=int(version), patches=(), inverse=()))
        case [b"behind", missing]:
            return Behind(decode_page(instance, after.epoch, missing, after=after.version))
        case [b"forgotten"]:
            raise OutcomeUnknown(
                f"{instance}, id {entries[0].id!r}", "the log no longer knows ids as old as this one may be"
            )
    return Elsewhere()


def read_snapshot(instance: Instance, reply: Sequence[Any]) -> Snapshot:
    """The snapshot in the answer of a load."""
    _, epoch, version, id, schema, state, _ = reply
    position = Position(_text(epoch), int(version), _text(id))
    try:
        return Snapshot(position, decode_state(state), int(schema))
    except DamagedEntry as error:
        raise DamagedEntry(f"The snapshot of {instance} at version {position.version}: {error}") from error


def decode_page(instance: Instance, epoch: str, page: Iterable[Any], *, after: int | None = None) -> tuple[Entry, ...]:
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


def read_head(reply: bytes) -> Position:
    """The newest position, as HEAD writes it."""
    epoch, version, id = reply.split(b" ", 2)
    return Position(_text(epoch), int(version), _text(id))


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
