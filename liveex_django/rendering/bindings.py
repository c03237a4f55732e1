"""
What the names that a stretch of template reads were bound to, and which of them are bound to something else now.

Plain data never changes, so the same object is the same value. Anything else, a model instance or a queryset, counts as
changed at every render.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.template.context import Context
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from liveex_django.store import FrozenDict, is_plain

# Stand for a value: there was none of that name; it cannot be told whether it changed; nobody has read it yet.
_MISSING, _UNKNOWN, _UNREAD = object(), object(), object()


class Names:
    """The layers of a context without the rest of it, for comparison only."""

    def __init__(self, layers: Sequence[Mapping[str, Any]]) -> None:
        self.dicts = layers


class _Whole(NamedTuple):
    """What ``"a.b"`` stands for where ``a`` has no single value of that name."""

    value: Any


def remember(context: Context | Names, names: Iterable[str]) -> tuple[Any, ...]:
    """What the names are bound to. A getter that nobody has read is not run for it."""
    return tuple([_remember(context, name) for name in names])


def remember_from_before(context: Context, names: Iterable[str], before: Iterable[Any]) -> tuple[Any, ...]:
    """
    ``before``, which was remembered ahead of a tag that may since have written some of the names, and read some.

    A getter that has been read meanwhile may be hidden by now: it counts as changed at the next render.
    """
    values = [
        _UNKNOWN if value is _UNREAD and _remember(context, name) is not _UNREAD else value
        for name, value in zip(names, before, strict=True)
    ]
    return tuple(values)


def changed_since(context: Context | Names, names: Sequence[str], before: Sequence[Any]) -> frozenset[str]:
    """Those of the names that are bound to something else than they were."""
    changed = []
    for name, value in zip(names, before, strict=True):
        if value is _UNREAD:
            # What did not read it then takes the same way again.
            continue
        try:
            now = _find(context, name)
        except Exception:  # of a getter: whoever reads it runs into it
            changed.append(name)
            continue
        if not is_same(now, value):
            changed.append(name)
    return frozenset(changed)


def is_other(now: Any, before: Any) -> bool:
    """Whether what was remembered of a name is not what had been remembered of it before."""
    return before is not _UNREAD and (before is _UNKNOWN or not is_same(now, before))


def is_unsure(remembered: Any) -> bool:
    """Whether it was remembered of a name only that it cannot be told whether it changes."""
    return remembered is _UNKNOWN


def is_known(value: Any) -> bool:
    """Whether the same object means the same value."""
    return is_plain(value) or type(value) is SafeString or value is _MISSING


def is_same(value: Any, before: Any) -> bool:
    """Whether a value is what a known one was: the same object, or an equal number or text."""
    if value is before:
        return True
    kind = type(value)
    if kind is not type(before):
        return False
    return is_same(value.value, before.value) if kind is _Whole else kind in (str, int) and bool(value == before)


def _find(context: Context | Names, name: str) -> Any:
    first, _, second = name.partition(".")
    for layer in reversed(context.dicts):
        if first in layer:
            value = layer[first]
            return _step(value, second) if second else value
    return _MISSING


def _step(value: Any, name: str) -> Any:
    """Of a store under a name, and of a dict, the one value that is read."""
    return value[name] if _has_steps(value) and name in value else _Whole(value)


def _has_steps(value: Any) -> bool:
    return type(value) is FrozenDict or getattr(value, "is_read_by_name", False)


def _remember(context: Context | Names, name: str) -> Any:
    first, _, second = name.partition(".")
    for layer in reversed(context.dicts):
        if first in layer:
            if _is_unread(layer, first) or (second and _is_unread(layer[first], second)):
                return _UNREAD
            break
    try:
        value = _find(context, name)
    except Exception:  # of a getter; whether the template minds is seen when it is read
        return _UNKNOWN
    inner = value.value if type(value) is _Whole else value
    return value if is_known(inner) or _is_token(name, value) else _UNKNOWN


def _is_token(name: str, value: Any) -> bool:
    """Whether it is what django.template.context_processors.csrf gives: lazy, and then the same text for good."""
    return name == "csrf_token" and type(value) is SimpleLazyObject


def _is_unread(values: Any, name: str) -> bool:
    """Whether a getter is to be run first, in a collection of values that can tell."""
    was_read = getattr(values, "was_read", None)
    return was_read is not None and not was_read(name)
