"""
What changed between two renders, in the form of docs/protocol.md, section 2.

Pure: it compares trees of values and knows nothing of Django or of sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import is_, is_not
from typing import Any

from .attributes import attribute_changes, parse_attributes
from .part import Kind, Part
from .rendered import Blend, Rendered, Row, Rows, Value
from .text import decode_text

# Statics by fingerprint: what a browser needs to know before it can build the parts that a diff mentions.
Parts = dict[str, tuple[str, ...]]

# Stands for "nothing to send"; no change is ever None.
_SAME = None


def diff(old: Rendered, new: Rendered, parts: Parts | None = None) -> dict[str, Any] | list[Any]:
    """
    What to send to someone who has ``old`` so that they have ``new``.

    ``{}`` when nothing changed. Keys are slot numbers as strings, in the order of the template. When the two are of
    different templates the answer is ``new`` as a whole: a list. ``parts`` receives the statics of every part
    that is mentioned by its fingerprint.
    """
    if old.part.fingerprint != new.part.fingerprint:
        return full(new, parts)
    return _diff_values(new.part, old.values, new.values, parts)


def full(rendered: Rendered, parts: Parts | None = None) -> list[Any]:
    """Everything about ``rendered``, for someone who has nothing: ``[fingerprint, value, …]``."""
    if parts is not None:
        parts[rendered.part.fingerprint] = rendered.part.marked
    return [rendered.part.fingerprint, *(_full_value(value, parts) for value in rendered.values)]


def _full_value(value: Value, parts: Parts | None) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Rendered):
        return full(value, parts)
    if isinstance(value, Rows):
        return _full_rows(value.part, value.rows, parts)
    return str(value) if isinstance(value, Blend) else value.html()


def _full_rows(part: Part, rows: tuple[Row, ...], parts: Parts | None) -> dict[str, Any]:
    if parts is not None:
        parts[part.fingerprint] = part.marked
    return {"f": part.fingerprint, "r": [[_full_value(value, parts) for value in row] for row in rows]}


def _diff_values(part: Part, old: tuple[Value, ...], new: tuple[Value, ...], parts: Parts | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if old is new:
        return changes
    for number, (was, now) in enumerate(zip(old, new, strict=True)):
        if was is not now:
            change = diff_slot(part.kinds[number], was, now, parts)
            if change is not _SAME:
                changes[str(number)] = change
    return changes


def diff_slot(kind: Kind, old: Value, new: Value, parts: Parts | None) -> Any:
    """What happened to one slot; None when nothing did."""
    if kind is Kind.CONTENT:
        return _diff_content(old, new, parts)
    if old == new:
        return _SAME
    if not isinstance(old, str) or not isinstance(new, str):
        raise AssertionError(f"a slot in {kind.value} holds text, nothing else")
    if kind is Kind.ATTRIBUTES:
        return attribute_changes(old, new) or _SAME
    was, now = decode_text(kind, old), decode_text(kind, new)
    return _SAME if was == now else {"": now}


def _diff_content(old: Value, new: Value, parts: Parts | None) -> Any:
    if isinstance(new, str):
        return _SAME if isinstance(old, str) and old == new else new
    if isinstance(new, Rendered):
        if isinstance(old, Rendered) and old.part.fingerprint == new.part.fingerprint:
            return _diff_values(new.part, old.values, new.values, parts) or _SAME
        return full(new, parts)
    if isinstance(new, Rows):
        if isinstance(old, Rows) and old.part.fingerprint == new.part.fingerprint:
            return _diff_rows(new.part, old.rows, new.rows, parts) or _SAME
        return _full_rows(new.part, new.rows, parts)
    if isinstance(new, Blend):
        return _SAME if old == new else str(new)
    if not isinstance(old, str | Rendered | Rows | Blend) and old.id == new.id:
        return _SAME
    return new.html()


def _diff_rows(part: Part, old: tuple[Row, ...], new: tuple[Row, ...], parts: Parts | None) -> dict[str, Any]:
    """The order first when it is not the old one, then a diff of each row that was kept and changed."""
    if old is new:
        return {}
    sources, differing = _match_rows(part, old, new)
    changes: dict[str, Any] = {}
    if len(old) != len(new) or sources != list(range(len(old))):
        changes["="] = _order(part, new, sources, parts)
    for number in differing:
        source = sources[number]
        if source is not None and old[source] is not new[number]:
            change = _diff_values(part, old[source], new[number], parts)
            if change:
                changes[str(number)] = change
    return changes


def _order(part: Part, new: tuple[Row, ...], sources: list[int | None], parts: Parts | None) -> list[Any]:
    """The new order as old row numbers, ``[first, last]`` of a run of them, and new rows in full."""
    order: list[Any] = []
    number = 0
    while number < len(sources):
        start = number
        source = sources[number]
        if source is None:
            while number < len(sources) and sources[number] is None:
                number += 1
            order.append(_full_rows(part, new[start:number], parts))
            continue
        while number < len(sources) and sources[number] == source + number - start:
            number += 1
        count = number - start
        order.append(source if count == 1 else [source, source + count - 1])
    return order


def match_rows(part: Part, old: Sequence[Row], new: Sequence[Row]) -> list[int | None]:
    """
    For each new row the number of the old row it is made from, or None when it is to be made afresh.

    Equal rows at both ends stay, and in a list of the same length wherever they are; between them equal rows are moved,
    and what is left is paired in order, so that a list of the same length has its rows changed in place. Rows whose first
    element has an id, or that hold a live view with a key, are paired with those of the same only.
    """
    return _match_rows(part, old, new)[0]


def _match_rows(part: Part, old: Sequence[Row], new: Sequence[Row]) -> tuple[list[int | None], list[int]]:
    """As :func:`match_rows`, and the numbers of the rows that are not the old ones in their places."""
    if len(old) == len(new):
        others = compress(range(len(new)), map(is_not, old, new))
        differing = [number for number in others if old[number] != new[number]]
        places = differing
        sources: list[int | None] = list(range(len(new)))
    else:
        head = _count_equal(old, new)
        tail = min(_count_equal(old[::-1], new[::-1]), min(len(old), len(new)) - head)
        differing, places = list(range(head, len(new) - tail)), list(range(head, len(old) - tail))
        sources = [*range(head), *differing, *range(len(old) - tail, len(old))]
    matched = _match_middle(part, [old[place] for place in places], [new[number] for number in differing])
    for number, source in zip(differing, matched, strict=True):
        sources[number] = None if source is None else places[source]
    return sources, differing


def _count_equal(old: Sequence[Row], new: Sequence[Row]) -> int:
    """With how many equal rows both begin."""
    same = list(map(is_, old, new))
    count = same.index(False) if False in same else len(same)
    while count < len(same) and (same[count] or old[count] == new[count]):
        count += 1
    return count


def _match_middle(part: Part, old: Sequence[Row], new: Sequence[Row]) -> list[int | None]:
    if not old or not new:
        return [None] * len(new)
    places: dict[tuple[Value, ...], list[int]] = {}
    for number in range(len(old) - 1, -1, -1):
        places.setdefault(old[number], []).append(number)
    matched: list[int | None] = [where.pop() if (where := places.get(row)) else None for row in new]
    left = sorted(number for where in places.values() for number in where)
    # Both sides in order: the nth row of an id, or of none, that matches nothing becomes the nth of them that nothing took.
    spare: dict[str | None, list[int]] = {}
    for number in reversed(left):
        spare.setdefault(_id_of(part, old[number]), []).append(number)
    for number, source in enumerate(matched):
        if source is None and (where := spare.get(_id_of(part, new[number]))):
            matched[number] = where.pop()
    return matched


def _id_of(part: Part, row: tuple[Value, ...]) -> str | None:
    """The id of the first element of a row, else of the first live view in it that moves; None when it has neither."""
    return _element_id(part, row) or _view_id(row)


def _element_id(part: Part, row: tuple[Value, ...]) -> str | None:
    if part.key is None:
        return None
    value = row[part.key]
    if isinstance(value, Rendered):
        return _element_id(value.part, value.values)
    if part.kinds[part.key] is not Kind.ATTRIBUTES or not isinstance(value, str):
        return None
    return parse_attributes(value).get("id") or None


def _view_id(values: tuple[Value, ...]) -> str | None:
    for value in values:
        if isinstance(value, Rendered):
            found = _view_id(value.values)
        elif isinstance(value, Blend):
            found = _view_id(value.pieces)
        else:
            # The browser then moves the two together.
            found = None if isinstance(value, str | Rows) or not value.moves else f"\0{value.id}"
        if found is not None:
            return found
    return None
