"""
The smallest client: what a browser does with full values and diffs, on plain data.

Written from docs/protocol.md alone: it knows the statics it was told, and nothing of how the server works.
"""

from html import unescape
from html.parser import HTMLParser
from typing import Any

from tests.rendering.markers import ROW

# The text of these is what is written: a browser decodes nothing in it.
_RAW = ("<script", "<style")


class ReferenceClient:
    """One page: the statics it was told of, and the tree of values it shows."""

    def __init__(self, value: list[Any], parts: dict[str, tuple[str, ...]]) -> None:
        self.parts = dict(parts)
        self.tree = self.read(value)

    def html(self, value: Any) -> str:
        """Marked HTML from a full value and the statics alone."""
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return "".join(ROW + self._join(value["f"], row) for row in value["r"])
        return self._join(value[0], value[1:])

    def _join(self, fingerprint: str, values: list[Any]) -> str:
        statics = self.parts[fingerprint]
        assert len(statics) == len(values) + 1
        pieces = [statics[0]]
        for value, static in zip(values, statics[1:], strict=True):
            pieces += [self.html(value), static]
        return "".join(pieces)

    def receive(self, change: Any, parts: dict[str, tuple[str, ...]]) -> None:
        """One frame for the only region there is."""
        self.parts.update(parts)
        self.tree = self.read(change) if isinstance(change, list) else self._patch_part(self.tree, change)

    def read(self, value: Any, kind: str = "content") -> Any:
        """A full value as the page holds it: attributes and text decoded, as they are in a document."""
        if kind == "attributes":
            return read_attributes(value)
        if kind == "text":
            return read_text(value)
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            return {"f": value["f"], "r": [self._read_slots(value["f"], row) for row in value["r"]]}
        return [value[0], *self._read_slots(value[0], value[1:])]

    def _read_slots(self, fingerprint: str, values: list[Any]) -> list[Any]:
        kinds = slot_kinds(self.parts[fingerprint])
        return [self.read(value, kind) for value, kind in zip(values, kinds, strict=True)]

    def _patch_part(self, part: Any, changes: dict[str, Any]) -> Any:
        return [part[0], *self._patch_slots(part[0], part[1:], changes)]

    def _patch_slots(self, fingerprint: str, slots: list[Any], changes: dict[str, Any]) -> list[Any]:
        kinds = slot_kinds(self.parts[fingerprint])
        patched = list(slots)
        for number, change in changes.items():
            patched[int(number)] = self._patch_slot(kinds[int(number)], slots[int(number)], change)
        return patched

    def _patch_slot(self, kind: str, old: Any, change: Any) -> Any:
        if kind == "attributes":
            assert isinstance(change, dict)
            together = {**old, **change}
            return {name: value for name, value in together.items() if value is not None}
        if kind in ("text", "raw text"):
            assert set(change) == {""}
            return change[""]
        if not isinstance(change, dict) or "f" in change:
            return self.read(change)
        if isinstance(old, dict):
            return self._patch_rows(old, change)
        assert isinstance(old, list), "a diff of a part needs a part that stands there"
        return self._patch_part(old, change)

    def _patch_rows(self, loop: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
        old = loop["r"]
        rows = list(old)
        if "=" in change:
            rows = []
            for step in change["="]:
                if isinstance(step, int):
                    rows.append(old[step])
                elif isinstance(step, list):
                    rows += old[step[0] : step[1] + 1]
                else:
                    assert step["f"] == loop["f"]
                    rows += self.read(step)["r"]
        for number, row_change in change.items():
            if number != "=":
                rows[int(number)] = self._patch_slots(loop["f"], rows[int(number)], row_change)
        return {"f": loop["f"], "r": rows}


def slot_kinds(statics: tuple[str, ...]) -> list[str]:
    """Where each slot stands, from the statics before it."""
    kinds, before = [], ""
    for number, static in enumerate(statics[:-1]):
        before += static
        if static.endswith(f"<!--[{number}-->"):
            kinds.append("content")
        else:
            opening = before.rfind("<")
            raw = before.startswith(_RAW, opening)
            kinds.append("attributes" if ">" not in before[opening:] else "raw text" if raw else "text")
        before += "x"
    return kinds


def read_attributes(source: str) -> dict[str, str]:
    """As Python's own parser reads them."""
    found: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                found.setdefault(name, value or "")

        handle_startendtag = handle_starttag

    reader = Reader()
    reader.feed(f"<x {source} >")
    reader.close()
    return found


def read_text(source: str) -> str:
    return unescape(source)
