"""A stretch of an instance's past as a file: the state it begins with, and the entries that follow."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from ..exceptions import DamagedEntry
from ..store import Entry, FrozenDict, freeze
from .followed import Followed
from .history import past_of, state_at
from .json_form import entry_from_json, entry_to_json, from_json, to_json
from .log import MutationLog

# Of the file. A change of what is in it is format 2, which reads format 1 too.
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Slice:
    """``entries`` follow the version ``after``, at which the instance had ``state``, of ``schema``."""

    store: str
    key: str
    schema: int
    after: int
    state: FrozenDict[str, Any]
    entries: Sequence[Entry]

    def to_json(self) -> str:
        """As text for a file, an entry a line, so that a diff shows what differs."""
        head = {
            "liveex_slice": _FORMAT,
            "store": self.store,
            "key": self.key,
            "schema": self.schema,
            "after": self.after,
            "state": to_json(self.state),
        }
        lines = [json.dumps(entry_to_json(entry), ensure_ascii=False) for entry in self.entries]
        begin = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
        return begin + ',\n "entries": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


async def cut_slice(log: MutationLog, followed: Followed, after: int | None, upto: int | None) -> Slice:
    """
    The entries behind the version ``after``, up to and with ``upto``; None stands for the oldest and the newest.

    Raises:
        VersionGone: There was no such version, or it is no longer kept.
    """
    past = await past_of(log, followed)
    first = past.oldest if after is None else after
    last = past.newest if upto is None else upto
    begin = await state_at(log, followed, first)
    past.after(last)
    entries = [entry for entry in past.after(first) if entry.version <= last]
    instance = followed.instance
    return Slice(instance.store.name, instance.key, begin.schema, first, begin.state, tuple(entries))


def read_slice(path: str | PathLike[str]) -> Slice:
    """
    The slice in a file that was exported.

    Raises:
        OSError: There is no such file.
        DamagedEntry: It holds something else.
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        data = json.loads(text)
        if data["liveex_slice"] != _FORMAT:
            raise ValueError(f"it is of format {data['liveex_slice']!r:.20}, and this release reads format {_FORMAT}")
        entries = tuple(entry_from_json(entry) for entry in data["entries"])
        state = freeze(from_json(data["state"]))
        begin = Slice(data["store"], data["key"], data["schema"], data["after"], state, entries)
        if [entry.version for entry in entries] != list(range(begin.after + 1, begin.after + 1 + len(entries))):
            raise ValueError(f"its entries do not follow version {begin.after} one by one")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise DamagedEntry(
            f"{Path(path).name} is no slice of a history: {error}. Write one with store.at(...).export()."
        ) from error
    return begin
