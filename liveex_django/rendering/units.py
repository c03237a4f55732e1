"""
What is compiled as a whole: a template, a block, a partial or a region, kept as long as Django keeps it.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.template import base
from django.template.engine import Engine

from .layout import lay_out, whole_part
from .outline import Hole, Items, outline
from .slots import Slot
from .through import shown_by

# Django 6 has partials, which are templates in all but name.
TEMPLATE_TYPES: tuple[type, ...] = tuple(
    getattr(base, name) for name in ("Template", "PartialTemplate") if hasattr(base, name)
)

# Stands for a unit in which a value did not fit.
UNDIVIDED = whole_part([])

# How often a unit is laid out anew, and how much of a text is worth keeping, before it stays as it is.
_MOST_SAMPLES = 12
_LONGEST_SAMPLE = 20_000


class Unit:
    """Something compiled; shared by all threads."""

    def __init__(self, owner: Any, engine: Engine, inside: str, is_foreign: bool) -> None:
        self.items = outline(owner.nodelist)
        self._engine = engine
        self._inside = inside
        self._is_foreign = is_foreign
        self._samples: dict[int, list[str]] = {}
        self._lock = threading.Lock()
        self._lay_out()

    def _lay_out(self) -> None:
        samples = {key: tuple(texts) for key, texts in self._samples.items()}
        guess = partial(guess_content, engine=self._engine)
        self.layout = lay_out(self.items, samples, guess, self._inside, self._is_foreign)

    def learn(self, slot: Slot, text: str) -> None:
        """Lay out anew, knowing that this text may stand in this slot."""
        node = getattr(slot, "node", None)
        if node is None or len(text) > _LONGEST_SAMPLE:
            return
        with self._lock:
            known = self._samples.setdefault(id(node), [])
            if text in known or sum(map(len, self._samples.values())) >= _MOST_SAMPLES:
                return
            known.append(text)
            self._lay_out()


def guess_content(hole: Hole, engine: Engine) -> Items | None:
    """What most likely stands in an {% include %} or a {% block %}; a render checks it."""
    shown = shown_by(hole.node, engine)
    return None if shown is None else outline(shown.nodelist)


_units: WeakKeyDictionary[Any, dict[tuple[str, bool], Unit]] = WeakKeyDictionary()
_compiling = threading.RLock()


def unit_of(owner: Any, engine: Engine, is_foreign: bool = False, inside: str = "") -> Unit:
    """
    The compiled form of ``owner``, which has a nodelist; compiled when it is first asked for.

    Kept as long as Django keeps the owner: its nodes do not refer back to it, so the entry goes when a loader drops it.
    """
    key = (inside, is_foreign)
    units = _units.get(owner)
    unit = units.get(key) if units is not None else None
    if unit is None:
        with _compiling:
            unit = _units.setdefault(owner, {}).get(key)
            if unit is None:
                unit = _units[owner][key] = Unit(owner, engine, inside, is_foreign)
    return unit
