"""
What a browser sends - pairs of texts - made ready for conversion by the types of the parameters.

HTML forms have no types, leave unchecked boxes out and say nothing as ``""``. This file knows those habits, and
nothing else does: a value that comes from Python never passes through it.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from liveex_django.exceptions import InvalidPayload
from liveex_django.store.names import nearest, shorten

__all__ = ["UNTOUCHED_PREFIX", "decode_pairs", "is_about_the_form", "whole_text"]

# The browser side marks fields that the visitor has not touched yet.
UNTOUCHED_PREFIX = "_unused_"
# Django puts its csrf token into every form; the others say to which event, of which view, a form goes that is posted.
_NAMES_ABOUT_THE_FORM = frozenset({"csrfmiddlewaretoken", "lx-submit", "lx-view"})
# Which key it was comes with every keyboard event, whether or not the handler asks for it.
_KEYBOARD_NAME = "key"

_TRUE_TEXTS = frozenset({"on", "true", "1"})
# "0" and "false" mirror them, because that is what {{ value }} of a template writes.
_FALSE_TEXTS = frozenset({"", "off", "false", "0"})

_LISTS = (list, tuple, set, frozenset, Sequence, Collection, AbstractSet)

# <input type="time"> and "datetime-local" leave the seconds out, which the standard library reads and msgspec does not.
_ISO_READERS: Mapping[object, Callable[[str], object]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
}

# A moment of the first or last year is none in another time zone, so a page that shows it could not be rendered.
_YEARS = range(2, 9999)

# Decimal("1e999999999") is short to send, and a gigabyte as an int or written out. sys.float_info.max_10_exp
_MOST_EXPONENT = 308


def decode_pairs(
    pairs: Sequence[tuple[str, str]], wanted: Mapping[str, Any], *, owner: str = "This event"
) -> dict[str, Any]:
    """
    The values that ``pairs`` give to the names in ``wanted``, which maps each name to its resolved annotation.

    Of several values with one name a list takes all, in order, and anything else the first. A list that is absent is
    empty and a bool that is absent is False, because that is how a form says so; other absent names stay absent.
    ``""`` is None where None is allowed. Texts of numbers stay texts, for msgspec to convert.

    Raises:
        InvalidPayload: A name nobody wants, a text that is no bool, date or finite number, or half a character.
    """
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        if is_about_the_form(name):
            continue
        if name not in wanted and name == _KEYBOARD_NAME:
            continue
        if name not in wanted:
            raise InvalidPayload(_unknown_name(name, wanted, owner))
        values.setdefault(name, []).append(whole_text(text, name, owner))
    decoded: dict[str, Any] = {}
    for name, annotation in wanted.items():
        types, allows_none = split_union(annotation)
        texts = values.get(name)
        if texts is None:
            if not allows_none and types == [bool]:
                decoded[name] = False
            elif not allows_none and _is_list(types):
                decoded[name] = []
        elif _is_list(types):
            element = next(iter(get_args(types[0])), Any)
            decoded[name] = [_decode_text(text, *split_union(element), name, owner) for text in texts]
        else:
            decoded[name] = _decode_text(texts[0], types, allows_none, name, owner)
    return decoded


def is_about_the_form(name: str) -> bool:
    """Whether a name is none of a field: it stands for the form, or marks a field as untouched."""
    return name in _NAMES_ABOUT_THE_FORM or name.startswith(UNTOUCHED_PREFIX)


def split_union(annotation: Any) -> tuple[list[Any], bool]:
    """
    The alternatives of an annotation without None, and whether None was one: ``int | None`` is ``([int], True)``.

    Looks through ``Annotated`` and the aliases of ``type X = ...``.
    """
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif hasattr(annotation, "__value__"):
            annotation = annotation.__value__
        else:
            break
    if get_origin(annotation) not in (Union, UnionType):
        return ([], True) if annotation in (None, NoneType) else ([annotation], False)
    types: list[Any] = []
    allows_none = False
    for alternative in get_args(annotation):
        inner, inner_none = split_union(alternative)
        types += inner
        allows_none = allows_none or inner_none
    return types, allows_none


def _is_list(types: list[Any]) -> bool:
    return len(types) == 1 and (get_origin(types[0]) or types[0]) in _LISTS


def _decode_text(text: str, types: list[Any], allows_none: bool, name: str, owner: str) -> Any:
    if text == "" and allows_none:
        return None
    if len(types) != 1 or types[0] in (str, Any):
        return text
    wanted, text = types[0], text.strip()
    if wanted is bool:
        return _decode_bool(text, name, owner)
    if wanted in (float, Decimal):
        _refuse_infinite(text, wanted, name, owner)
    if wanted in _ISO_READERS:
        return _read_iso(text, wanted, name, owner)
    # msgspec reads "null" as None, but a form says None with an empty text only.
    if allows_none and text.lower() == "null":
        raise InvalidPayload(_misfit(owner, name, "a value, or an empty text for none", text))
    return text


def _decode_bool(text: str, name: str, owner: str) -> bool:
    if text.lower() in _TRUE_TEXTS:
        return True
    if text.lower() in _FALSE_TEXTS:
        return False
    raise InvalidPayload(_misfit(owner, name, "'on', 'true', '1', or 'off', 'false', '0', or nothing", text))


def _read_iso(text: str, wanted: Any, name: str, owner: str) -> object:
    try:
        value = _ISO_READERS[wanted](text)
    except ValueError:
        raise InvalidPayload(_misfit(owner, name, f"a {wanted.__name__} in ISO 8601", text)) from None
    if isinstance(value, datetime) and value.year not in _YEARS:
        raise InvalidPayload(_misfit(owner, name, f"a year from {_YEARS[0]} to {_YEARS[-1]}", text))
    return value


def _refuse_infinite(text: str, wanted: Any, name: str, owner: str) -> None:
    """Refuse NaN and Infinity, and Decimals that no float could be; what is no number at all is left to the conversion."""
    try:
        finite = math.isfinite(float(text)) if wanted is float else _is_moderate(Decimal(text))
    except (ValueError, InvalidOperation):
        return
    if not finite:
        raise InvalidPayload(_misfit(owner, name, "a finite number", text))


def _is_moderate(number: Decimal) -> bool:
    return number.is_finite() and abs(number.adjusted()) <= _MOST_EXPONENT


def whole_text(text: str, name: str, owner: str) -> str:
    """``text``, unless it holds half of a surrogate pair, which JSON can carry and no log can store."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidPayload(_misfit(owner, name, "text of whole characters", text)) from None
    return text


def _misfit(owner: str, name: str, expected: str, text: str) -> str:
    return f"{owner} cannot take {name}={shorten(repr(text))}: expected {expected}. Send such a value."


def _unknown_name(name: str, wanted: Mapping[str, Any], owner: str) -> str:
    guess = nearest(name, wanted)
    question = f" Did you mean {guess!r}?" if guess else ""
    known = ", ".join(wanted) or "none"
    return f"{owner} has no parameter {shorten(repr(name))}, so it was not run.{question} Known parameters: {known}."
