"""
An entry for somebody who reads: who did what, and what changed. The same as data for JSON, and as lines of text.

    inventory:room-42 #17 take by user:5 in order
        item_id=3 quantity=2
        state['items'][2]['count']: 5 -> 3

What is sensitive is in neither.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from reprlib import Repr
from typing import Any

from ..exceptions import format_path
from ..store import Entry
from ..store.patches import DELETE, INSERT, SET, Patch, apply_patches
from ..store.sameness import is_same_tree
from .calls import TRANSACTION, State
from .instance import Instance
from .redaction import REDACTED, Redaction

# A cleared list of a thousand rows is one line for somebody who reads it; these are enough to see what was done.
_MOST_CHANGES = 20

# What stood in a place where there was none.
_NOTHING: Any = object()

_short = Repr()
_short.maxstring = _short.maxother = 80
_short.maxdict = _short.maxlist = 6
_short.maxlevel = 4


def facts_of(instance: Instance, entry: Entry, before: State) -> dict[str, Any]:
    """
    Values that JSON has. ``changes`` has the first twenty, each with ``op``, ``path``, and ``before`` and ``after`` where
    there was something.

    Args:
        before: The state that the entry changed.
    """
    redaction = Redaction(instance.store.sensitive)
    changes = [_change(patch, old, redaction) for patch, old in islice(_steps(entry, before), _MOST_CHANGES)]
    return {
        "store": instance.store.name,
        "key": instance.key,
        "version": entry.version,
        "mutation": entry.name,
        "payload": _json_ready(redaction.clean(entry.payload)),
        "action": entry.action,
        "actor": entry.actor,
        "cause": entry.cause,
        "id": entry.id,
        "changes": changes,
        "more_changes": max(0, len(entry.patches) - _MOST_CHANGES),
    }


def _steps(entry: Entry, state: State) -> Iterator[tuple[Patch, Any]]:
    """Each patch, with what stood in its place before it; a state that was replaced as a whole, key by key."""
    for op, path, new in entry.patches:
        if not path:
            yield from _replaced_keys(state, new)
        elif op == INSERT:
            # A new key of a dict comes with its place among the keys.
            yield (op, path, new[1] if isinstance(_at(state, path[:-1]), dict) else new), _NOTHING
        else:
            yield (op, path, new), _at(state, path)
        state = apply_patches(state, [(op, path, new)])


def _replaced_keys(old: State, new: State) -> Iterator[tuple[Patch, Any]]:
    for key in old.keys() - new.keys():
        yield (DELETE, (key,), None), old[key]
    for key, value in new.items():
        if key not in old or not is_same_tree(old[key], value):
            yield (SET, (key,), value), old.get(key, _NOTHING)


def _at(state: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            state = state[step]
        except LookupError:
            return _NOTHING
    return state


def _change(patch: Patch, old: Any, redaction: Redaction) -> dict[str, Any]:
    op, path, new = patch
    shown_path, is_hidden = redaction.cut(path)
    change: dict[str, Any] = {"op": op, "path": list(shown_path)}
    if old is not _NOTHING:
        change["before"] = REDACTED if is_hidden else _json_ready(redaction.clean(old))
    if op != DELETE:
        change["after"] = REDACTED if is_hidden else _json_ready(redaction.clean(new))
    return change


def lines_of(instance: Instance, entry: Entry, facts: Mapping[str, Any]) -> list[str]:
    """
    The first line says who did what, those below it with what, and what changed.

    Args:
        facts: What :func:`facts_of` gave of it.
    """
    # Whoever is named in undo(by=...) may have any name, but not one that begins a line of its own.
    actor = "the system" if entry.actor is None else entry.actor if entry.actor.isprintable() else repr(entry.actor)
    head = f"{instance} #{entry.version} {_title(entry)} by {actor}"
    if entry.action:
        head += f" in {entry.action}"
    lines = [head, *_payload_lines(entry.name, facts["payload"])]
    lines += [_change_line(change) for change in facts["changes"]] or ["nothing changed"]
    if facts["more_changes"]:
        lines.append(f"… and {facts['more_changes']} changes more")
    return lines


def _title(entry: Entry) -> str:
    label = entry.payload.get("label") if entry.name == TRANSACTION else None
    return f"{entry.name} {label!r}" if label else entry.name


def _payload_lines(name: str, payload: Mapping[str, Any]) -> list[str]:
    if name == TRANSACTION:
        return [f"{call['mutation']}({_arguments(call['payload'])})" for call in payload["calls"]]
    return [_arguments(payload)] if payload else []


def _arguments(payload: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={_short.repr(value)}" for name, value in payload.items())


def _change_line(change: Mapping[str, Any]) -> str:
    place = format_path(change["path"])
    if REDACTED in (change.get("before"), change.get("after")):
        return f"{place}: {REDACTED}"
    if "before" not in change:
        return f"{place}: + {_short.repr(change['after'])}"
    if "after" not in change:
        return f"{place}: - {_short.repr(change['before'])}"
    return f"{place}: {_short.repr(change['before'])} -> {_short.repr(change['after'])}"


def _json_ready(value: Any) -> Any:
    """Dates, decimals and UUIDs as text; keys as JSON has them."""
    if isinstance(value, Mapping):
        return {str(key): _json_ready(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_ready(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)
