"""
The leaves of state: the values it may hold besides dict and list, and when two of them are the same.

What is stored is always of exactly one of these types. An instance of a subclass (Django's ``SafeString``, a
``TextChoices`` member, an ``IntEnum``) becomes the plain value it stands for, because nothing else could come back
out of a log on another machine.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any
from uuid import UUID

from liveex_django.exceptions import InvalidState

Path = tuple[str | int, ...]

SCALAR_TYPES: frozenset[type] = frozenset(
    {str, int, float, bool, NoneType, datetime, date, time, timedelta, Decimal, UUID}
)

# Types of which every value can be stored as it is; the others are looked at one by one.
SAFE_TYPES: frozenset[type] = frozenset({int, bool, NoneType, date, timedelta, UUID})

# Types in which == hides a difference that a page could show: -0.0, 1.10, another offset, another fold.
_SUBTLE_TYPES: frozenset[type] = frozenset({float, Decimal, datetime, time})

# What to do with a value of a type that people try to store, by a question about the value.
_ADVICE: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (lambda value: isinstance(value, (set, frozenset)), "store sorted(...) of it"),
    (lambda value: isinstance(value, (bytes, bytearray)), "store base64 text of it, or the name of a file"),
    (lambda value: isinstance(value, Enum), "store its .value"),
    (lambda value: hasattr(type(value), "_meta"), "store its pk, or the fields you need"),
    (lambda value: type(value).__name__ == "__proxy__", "store str(...) of it"),
    (lambda value: is_dataclass(value) and not isinstance(value, type), "store dataclasses.asdict(...) of it"),
    (callable, "store data only, and keep functions in getters and actions"),
    (lambda value: hasattr(type(value), "__iter__"), "store list(...) of it"),
)


class Misfit(Exception):
    """
    A value that state cannot hold, on its way up to where the path to it is known.

    ``steps`` is that path backwards: who handles a container adds the step into it and raises again.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.steps: list[str | int] = []

    def located(self, prefix: Path) -> InvalidState:
        """The error to show, for a value found below ``prefix``."""
        return InvalidState((*prefix, *reversed(self.steps)), self.why)


def describe_misfit(value: object) -> str:
    """Why ``value`` is refused, as the middle of the sentence that InvalidState makes."""
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    advice = next((f"; {advice}" for applies, advice in _ADVICE if applies(value)), "")
    return f"is a {name}, which state cannot hold{advice}"


def plain_scalar(value: Any) -> Any:
    """
    ``value`` as state stores it.

    Raises:
        Misfit: It is no scalar of state, or one that could not be stored and compared (NaN, half a character).
    """
    kind = type(value)
    if kind in SAFE_TYPES:
        return value
    check = _CHECKS.get(kind)
    if check is not None:
        return check(value)
    for base, reduce in _REDUCTIONS:
        if isinstance(value, base):
            return plain_scalar(reduce(value))
    raise Misfit(describe_misfit(value))


def plain_key(key: Any) -> str | int:
    """
    ``key`` as state stores it: text or an integer.

    Raises:
        Misfit: It is neither. ``True`` is refused although Python takes it for 1, because no log would keep it apart.
    """
    if isinstance(key, str):
        return _plain_text(str.__str__(key))
    if isinstance(key, int) and not isinstance(key, bool):
        return int.__int__(key)
    raise Misfit(f"has the key {key!r}, a {type(key).__qualname__}; keys are str or int")


def is_same(old: Any, new: Any) -> bool:
    """Whether two scalars are the same value of the same type, so that nobody could tell them apart on a page."""
    if old is new:
        return True
    kind = type(old)
    if kind is not type(new) or old != new:
        return False
    if kind is float and old:
        return True  # of the floats that == takes for the same only zeros differ, and a repr takes a microsecond
    return kind not in _SUBTLE_TYPES or repr(old) == repr(new)


def token(scalar: Any) -> tuple[type, Any]:
    """A key for dicts that is equal for two scalars exactly when ``is_same`` says so."""
    kind = type(scalar)
    return kind, repr(scalar) if kind in _SUBTLE_TYPES else scalar


def _plain_text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Misfit(f"is text with half a character at {error.start} (a lone surrogate)") from None
    return value


def _plain_float(value: float) -> float:
    if not math.isfinite(value):
        raise Misfit(f"is {value}, which equals nothing or fits nowhere; store None instead")
    return value


def _plain_decimal(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise Misfit(f"is Decimal({str(value)!r}), which equals nothing or fits nowhere; store None instead")
    return value


def _plain_datetime(value: datetime) -> datetime:
    zone = value.tzinfo
    if zone is None or zone is UTC:
        return value
    return value.replace(tzinfo=_fixed_offset(value), fold=0)


def _plain_time(value: time) -> time:
    zone = value.tzinfo
    if zone is None or zone is UTC:
        return value
    return value.replace(tzinfo=_fixed_offset(value), fold=0)


def _fixed_offset(value: datetime | time) -> timezone:
    offset = value.utcoffset()
    if offset is None:
        raise Misfit(
            f"is a {type(value).__name__} in {value.tzinfo}, whose offset from UTC is not known without a date"
        )
    return timezone(offset)


_CHECKS: Mapping[type, Callable[[Any], Any]] = {
    str: _plain_text,
    float: _plain_float,
    Decimal: _plain_decimal,
    datetime: _plain_datetime,
    time: _plain_time,
}

# In this order: datetime is a date, and an enum member of text or numbers is caught by str and int.
_REDUCTIONS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (
        datetime,
        lambda v: datetime(v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond, v.tzinfo, fold=v.fold),
    ),
    (date, lambda value: date(value.year, value.month, value.day)),
    (time, lambda v: time(v.hour, v.minute, v.second, v.microsecond, v.tzinfo, fold=v.fold)),
    (timedelta, lambda value: timedelta(value.days, value.seconds, value.microseconds)),
    (Decimal, Decimal),
    (UUID, lambda value: UUID(int=value.int)),
)

SCALAR_BASES: tuple[type, ...] = tuple(base for base, _ in _REDUCTIONS)
