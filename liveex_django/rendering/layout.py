"""Where the slots of a part stand in the page."""

from __future__ import annotations

import re

from .outline import Hole, Items
from .part import Kind, Part
from .slots import PiecesSlot, Slot

_OPEN = re.compile(
    r"<(?!!--)[^<>]*\Z|<!--(?!.*-->)|<(script|style|textarea|title|option)\b(?!.*</\1)", re.DOTALL | re.I
)


def lay_out(items: Items) -> Part:
    """The part for these items; one single slot when its markup cannot be followed."""
    statics, marked, kinds, slots = [""], [""], [], []
    seen = ""
    for item in items:
        if isinstance(item, str):
            statics[-1] += item
            marked[-1] += item
            seen += item
            continue
        if _OPEN.search(seen):
            return coarse_part(items)
        marked[-1] += f"<!--[{len(slots)}-->"
        slots.append(item.slot([lay_out(branch) for branch in item.branches or ()]))
        kinds.append(Kind.CONTENT)
        statics.append("")
        marked.append("<!--]-->")
    return Part(statics, marked, kinds, slots)


def coarse_part(items: Items) -> Part:
    pieces: list[str | Slot] = [item.text_slot() if isinstance(item, Hole) else item for item in items]
    return Part(["", ""], ["<!--[0-->", "<!--]-->"], [Kind.CONTENT], [PiecesSlot(pieces)])
