"""
States and entries as bytes, for a log and for other processes.

One byte says which format follows; this release writes and reads format 1: a CRC-32 of the rest in four bytes, then
MessagePack. A state is a map. An entry is an array of its fields in the order of ``Entry``, a patch an array of three.
What MessagePack does not have is an extension type:

====  =========================================================================================
code  data
====  =========================================================================================
1     datetime, ISO 8601 without its zone; the fold of a naive one, when it is 1, as a ``~``;
      the offset of an aware one in microseconds, after a space
2     date, ISO 8601
3     time, as 1
4     timedelta: days, seconds and microseconds as text, separated by spaces
5     Decimal as text
6     UUID, 16 bytes
7     int of more than 64 bits: two's complement, most significant byte first
8     dict with a key of more than 64 bits: MessagePack of an array of arrays of key and value
====  =========================================================================================

A code is never used again for something else; a change of what is here is format 2, which reads format 1 too.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any, Literal, NoReturn
from uuid import UUID
from zlib import crc32

import msgspec
from msgspec.msgpack import Decoder, Encoder, Ext

from liveex_django.exceptions import DamagedEntry, InvalidState
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict, FrozenList, freeze
from liveex_django.store.patches import Patch

_FORMAT = 1
_HEAD = 5  # bytes: the format and the checksum
_MICROSECOND = timedelta(microseconds=1)

# MessagePack's own limits: int64 below zero, uint64 above.
_SMALLEST_INT, _LARGEST_INT = -(2**63), 2**64 - 1

# What MessagePack has, as long as no int is too big; those are looked for only when the encoder meets one.
_NATIVE_TYPES: frozenset[type] = frozenset({str, bool, int, float, type(None)})

_DAMAGE = (msgspec.MsgspecError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


def encode_state(state: FrozenDict[Any, Any]) -> bytes:
    """
    ``state`` as bytes. The order of its keys is kept.

    Raises:
        InvalidState: It is not frozen, and something in it cannot be stored.
    """
    return _seal(freeze(state))


def decode_state(data: bytes) -> FrozenDict[Any, Any]:
    """
    The state that ``encode_state`` made ``data`` of: equal, of the same types, in the same order.

    Raises:
        DamagedEntry: It made none such.
    """
    try:
        state = freeze(_STATES.decode(_open(data)))
    except _DAMAGE as error:
        _refuse(data, "a state", error)
    if type(state) is not FrozenDict:
        _refuse(data, "a state", f"it is a {type(state).__name__}")
    return state


def encode_entry(entry: Entry) -> bytes:
    """
    ``entry`` as bytes.

    Raises:
        InvalidState: Its payload or a value in its patches is not frozen and cannot be stored.
    """
    return _seal(
        [
            entry.version,
            entry.epoch,
            entry.id,
            entry.name,
            freeze(entry.payload),
            [(op, path, freeze(value, path)) for op, path, value in entry.patches],
            [(op, path, freeze(value, path)) for op, path, value in entry.inverse],
            entry.action,
            entry.actor,
            entry.cause,
            entry.schema,
            entry.at.astimezone(UTC),
        ]
    )


def decode_entry(data: bytes) -> Entry:
    """
    The entry that ``encode_entry`` made ``data`` of.

    Raises:
        DamagedEntry: It made none such. The store it was read for cannot go on; others can.
    """
    try:
        shape = _ENTRIES.decode(_open(data))
        if not isinstance(shape.at, datetime) or shape.at.utcoffset() != timedelta(0):
            raise ValueError("its time is not in UTC")
        return Entry(
            version=shape.version,
            epoch=shape.epoch,
            id=shape.id,
            name=shape.name,
            payload=freeze(shape.payload),
            patches=_checked_patches(shape.patches),
            inverse=_checked_patches(shape.inverse),
            action=shape.action,
            actor=shape.actor,
            cause=shape.cause,
            schema=shape.schema,
            at=shape.at,
        )
    except _DAMAGE as error:
        _refuse(data, "an entry", error)


class _EntryShape(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """An entry as it is encoded: what has a type of its own in MessagePack is checked by the decoder."""

    version: int
    epoch: str
    id: str
    name: str
    payload: dict[str, Any]
    patches: list[tuple[Literal["set", "insert", "delete"], list[Any], Any]]
    inverse: list[tuple[Literal["set", "insert", "delete"], list[Any], Any]]
    action: str | None
    actor: str | None
    cause: str | None
    schema: int
    at: Any


def _checked_patches(shapes: list[tuple[Any, list[Any], Any]]) -> tuple[Patch, ...]:
    patches = []
    for op, path, value in shapes:
        if not all(type(step) is str or type(step) is int for step in path):
            raise ValueError(f"the path {path!r} has steps that are neither str nor int")
        patches.append((sys.intern(op), tuple(path), freeze(value)))
    return tuple(patches)


def _seal(value: Any) -> bytes:
    try:
        body = _ENCODER.encode(_pack(value, _NATIVE_TYPES))
    except OverflowError:
        body = _ENCODER.encode(_pack(value, _NATIVE_TYPES - {int}))
    except RecursionError:
        raise InvalidState((), "is nested too deeply to be encoded") from None
    return bytes((_FORMAT,)) + crc32(body).to_bytes(4) + body


def _open(data: bytes) -> bytes:
    """The MessagePack in ``data``; ValueError says what is wrong with what is around it."""
    if len(data) <= _HEAD:
        raise ValueError("they are too few")
    if data[0] != _FORMAT:
        raise ValueError(f"they say they are of format {data[0]}, and this release reads format {_FORMAT}")
    body = data[_HEAD:]
    if crc32(body) != int.from_bytes(data[1:_HEAD]):
        raise ValueError("their checksum is wrong")
    return body


def _refuse(data: object, what: str, why: object) -> NoReturn:
    size = f"{len(data)} bytes" if isinstance(data, (bytes, bytearray, memoryview)) else f"The {type(data).__name__}"
    raise DamagedEntry(
        f"{size} in the log are not {what} this release can read: {why}. If a newer release writes to this log, bring "
        "this process up to date; if something else does, give one of the two another Redis database; otherwise the "
        "data was damaged on its way, and the instance has to be restored or reset."
    ) from (why if isinstance(why, Exception) else None)


def _pack(value: Any, native: frozenset[type]) -> Any:
    """``value`` with extension types where MessagePack has no type for it; as it is when that is nowhere."""
    kind = type(value)
    if kind in native:
        return value
    if kind is FrozenDict:
        return _pack_dict(value, native)
    if kind is FrozenList or kind is list or kind is tuple:
        return [item if type(item) in native else _pack(item, native) for item in value]
    if kind is int:
        return value if _is_small(value) else Ext(7, value.to_bytes(value.bit_length() // 8 + 1, signed=True))
    code, pack = _PACKERS[kind]
    return Ext(code, pack(value))


def _pack_dict(value: dict[Any, Any], native: frozenset[type]) -> Any:
    packed = {key: item if type(item) in native else _pack(item, native) for key, item in value.items()}
    if int in native or all(type(key) is str or _is_small(key) for key in packed):
        return packed
    return Ext(8, _ENCODER.encode([(_pack(key, native), item) for key, item in packed.items()]))


def _is_small(number: int) -> bool:
    return _SMALLEST_INT <= number <= _LARGEST_INT


def _pack_clock(value: datetime | time) -> bytes:
    offset = value.utcoffset()
    zone = "" if offset is None else f" {offset // _MICROSECOND}"
    return (value.replace(tzinfo=None).isoformat() + "~" * value.fold + zone).encode()


def _unpack_clock(kind: type[datetime] | type[time], data: bytes) -> Any:
    # fromisoformat is not trusted with the offset: CPython takes one of less than a second for UTC.
    text, _, offset = data.decode("ascii").partition(" ")
    zone = timezone(int(offset) * _MICROSECOND) if offset else None
    return kind.fromisoformat(text.rstrip("~")).replace(fold=text.count("~"), tzinfo=zone)


def _unpack_timedelta(data: bytes) -> timedelta:
    days, seconds, microseconds = map(int, data.split(b" "))
    return timedelta(days, seconds, microseconds)


def _unpack_extension(code: int, data: memoryview) -> Any:
    if code not in _UNPACKERS:
        raise ValueError(f"there is no extension type {code}")
    return _UNPACKERS[code](bytes(data))


_PACKERS: Mapping[type, tuple[int, Callable[[Any], bytes]]] = {
    datetime: (1, _pack_clock),
    date: (2, lambda value: value.isoformat().encode()),
    time: (3, _pack_clock),
    timedelta: (4, lambda value: f"{value.days} {value.seconds} {value.microseconds}".encode()),
    Decimal: (5, lambda value: str(value).encode()),
    UUID: (6, lambda value: value.bytes),
}

_UNPACKERS: Mapping[int, Callable[[bytes], Any]] = {
    1: partial(_unpack_clock, datetime),
    2: lambda data: date.fromisoformat(data.decode("ascii")),
    3: partial(_unpack_clock, time),
    4: _unpack_timedelta,
    5: lambda data: Decimal(data.decode("ascii")),
    6: lambda data: UUID(bytes=data),
    7: lambda data: int.from_bytes(data, signed=True),
    8: lambda data: dict(_STATES.decode(data)),
}

_ENCODER = Encoder()
_STATES: Decoder[Any] = Decoder(ext_hook=_unpack_extension)
_ENTRIES = Decoder(_EntryShape, ext_hook=_unpack_extension)
