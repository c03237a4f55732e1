"""
States and entries as JSON that people can read and that comes back as it was.

What JSON has is itself. Everything else is an object with one key that begins with ``$``:

==============================  ======================================================================
``{"$datetime": ["2026-…", …]}``  also ``$time``: ISO 8601 without its zone, the offset from UTC in
                                microseconds or null, the fold
``{"$date": "2026-05-01"}``       and ``{"$decimal": "1.50"}``, ``{"$uuid": "…"}``
``{"$timedelta": [1, 2, 3]}``     days, seconds, microseconds
``{"$int": "0x…"}``               an integer of more than 64 bits
``{"$dict": [[key, value], …]}``  a dict with a key that is a number, or begins with ``$``
==============================  ======================================================================
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..exceptions import DamagedEntry
from ..store import Entry, freeze
from ..store.patches import Patch

_MICROSECOND = timedelta(microseconds=1)
_LARGEST_INT = 2**63


def to_json(value: Any) -> Any:
    """``value``, of which state may consist, as ``json.dumps`` takes it."""
    kind = type(value)
    if value is None or kind in (str, bool, float) or (kind is int and -_LARGEST_INT <= value < _LARGEST_INT):
        return value
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: to_json(item) for key, item in value.items()}
        return {"$dict": [[to_json(key), to_json(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    name, pack = _PACKERS[kind]
    return {name: pack(value)}


def from_json(value: Any) -> Any:
    """
    What ``to_json`` made ``value`` of.

    Raises:
        DamagedEntry: It made none such.
    """
    try:
        return _unpack(value)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise DamagedEntry(f"This JSON is none that was exported here: {error}. Export it again.") from error


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """An entry with all its fields."""
    return {name: to_json(getattr(entry, name)) for name in Entry.__dataclass_fields__}


def entry_from_json(value: Mapping[str, Any]) -> Entry:
    """
    The entry that ``entry_to_json`` made ``value`` of.

    Raises:
        DamagedEntry: It made none such.
    """
    fields = from_json(value)
    try:
        return Entry(
            **{
                **fields,
                "payload": freeze(fields["payload"]),
                "patches": _patches(fields["patches"]),
                "inverse": _patches(fields["inverse"]),
            }
        )
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise DamagedEntry(f"This JSON is no entry that was exported here: {error}. Export it again.") from error


def _patches(values: list[Any]) -> tuple[Patch, ...]:
    return tuple((op, tuple(path), freeze(value)) for op, path, value in values)


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, content),) = value.items()
        if name == "$dict":
            return {_unpack(key): _unpack(item) for key, item in content}
        if name.startswith("$"):
            return _UNPACKERS[name](content)
    return {key: _unpack(item) for key, item in value.items()}


def _pack_clock(value: datetime | time) -> list[Any]:
    offset = value.utcoffset()
    zone = None if offset is None else offset // _MICROSECOND
    return [value.replace(tzinfo=None, fold=0).isoformat(), zone, value.fold]


def _unpack_clock(kind: Any) -> Callable[[list[Any]], Any]:
    def unpack(content: list[Any]) -> Any:
        text, offset, fold = content
        zone = None if offset is None else UTC if offset == 0 else timezone(offset * _MICROSECOND)
        return kind.fromisoformat(text).replace(tzinfo=zone, fold=fold)

    return unpack


_PACKERS: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    int: ("$int", hex),
    datetime: ("$datetime", _pack_clock),
    date: ("$date", date.isoformat),
    time: ("$time", _pack_clock),
    timedelta: ("$timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    Decimal: ("$decimal", str),
    UUID: ("$uuid", str),
}

_UNPACKERS: Mapping[str, Callable[[Any], Any]] = {
    "$int": lambda content: int(content, 16),
    "$datetime": _unpack_clock(datetime),
    "$date": date.fromisoformat,
    "$time": _unpack_clock(time),
    "$timedelta": lambda content: timedelta(*content),
    "$decimal": Decimal,
    "$uuid": UUID,
}
