"""
Values on their way into a payload: taken apart into plain data, and searched for what would be lost.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

__all__ = ["describe", "find_dropped", "to_plain"]

# What state holds as it is. bytes is here so that freezing refuses it, instead of msgspec making text of it.
_KEPT = (datetime, date, time, timedelta, Decimal, UUID, bytes, bytearray, memoryview)


def describe(annotation: Any) -> str:
    """An annotation as its author wrote it, near enough: ``int``, ``list[int]``, ``Literal['a', 'b']``."""
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type):
        return annotation.__name__
    return str(annotation).replace("typing.", "")


def to_plain(value: Any) -> Any:
    """Dataclasses, Structs, enums, sets and tuples as dicts, values and lists; plain data stays what it is."""
    if value is None or isinstance(value, (str, int, float, *_KEPT)):
        return value
    return _without_tuples(msgspec.to_builtins(value, builtin_types=_KEPT))


def _without_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_tuples(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_tuples(inner) for inner in value]
    return value


def find_dropped(given: Any, converted: Any) -> str | None:
    """
    Where ``given`` has a key that ``converted`` no longer has: ``['nmae']``, ``[2]['nmae']``; None when nowhere.

    msgspec leaves out keys that a TypedDict or dataclass does not know. A slip would lose data without a word.
    """
    if given is converted:
        return None
    if isinstance(given, Mapping):
        kept = _fields(converted)
        if isinstance(converted, Mapping) and len(converted) == len(given):
            # Keys may have been converted, to members of an enum for example, but none is lost.
            lost = []
        else:
            lost = [key for key in given if key not in kept and key != _tag_field(converted)]
        if lost:
            return f"[{lost[0]!r}]"
        pairs = ((key, inner, kept[key]) for key, inner in given.items() if key in kept)
    elif isinstance(given, list | tuple) and isinstance(converted, list | tuple):
        pairs = ((number, *both) for number, both in enumerate(zip(given, converted, strict=True)))
    else:
        return None
    for step, inner, inner_converted in pairs:
        deeper = find_dropped(inner, inner_converted)
        if deeper is not None:
            return f"[{step!r}]{deeper}"
    return None


def _fields(value: Any) -> Mapping[Any, Any]:
    """The parts of what a mapping was converted to, by the key each had there."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {encoded: getattr(value, field) for encoded, field in names}
    # A dataclass, or a class of attrs.
    names_of_fields = getattr(value, "__dataclass_fields__", None) or [field.name for field in value.__attrs_attrs__]
    return {name: getattr(value, name) for name in names_of_fields}


def _tag_field(value: Any) -> str | None:
    """The key by which one Struct of a union is told from the others; it is no field."""
    return value.__struct_config__.tag_field if isinstance(value, msgspec.Struct) else None
