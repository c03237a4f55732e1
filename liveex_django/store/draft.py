"""
A mutation at work: ``produce`` hands it a draft of the state and turns what it wrote into the next state and patches.

Inside the mutation everything behaves as on a deep copy in plain Python: a dict that is reached in two ways is one
dict. When the mutation ends, the drafts are settled: each gives its base when nothing in it changed, or its copy,
cleaned of drafts, as a new frozen value. The patches are read off afterwards, by comparing the two states where the
drafts say that something may have happened (``draft_diff``); so a value that was written and written back is no change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from liveex_django.store.draft_dict import DraftDict
from liveex_django.store.draft_diff import Comparison
from liveex_django.store.draft_list import DraftList
from liveex_django.store.draft_node import Draft, Scope, is_revoked
from liveex_django.store.frozen import FROZEN_TYPES, READY_TYPES, Freezer, FrozenDict
from liveex_django.store.patches import Patch, apply_patches
from liveex_django.store.scalars import Misfit, is_same

_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Effects:
    """What a mutation did. ``state`` is the very object it started from when nothing changed."""

    state: FrozenDict[Any, Any]
    patches: tuple[Patch, ...]
    # What leads from ``state`` back to the state before.
    inverse: tuple[Patch, ...]
    # What the mutation returned; a draft in it has ended and can neither be read nor written.
    returned: Any


def produce(base: FrozenDict[Any, Any], recipe: Callable[[DraftDict], Any]) -> Effects:
    """
    Run ``recipe`` on a draft of ``base``. Whatever it raises passes through; ``base`` is never changed.

    Raises:
        InvalidState: It left something in the state that state cannot hold; the error names the path.
    """
    scope = Scope()
    draft = DraftDict(base, scope)
    try:
        returned = recipe(draft)
        settler = _Settler(scope)
        try:
            result = settler.settle(draft)
        except Misfit as misfit:
            raise misfit.located(()) from None
        if result is base:
            return Effects(base, (), (), returned)
        comparison = Comparison(settler.drafts, settler.is_new)
        state = comparison.compare(base, result, (), ())
        return Effects(state, tuple(comparison.forward), tuple(comparison.inverse), returned)
    finally:
        scope.revoke()


def transition(old: FrozenDict[Any, Any], new: FrozenDict[Any, Any]) -> Effects:
    """
    What a mutation would have done that led from ``old`` to ``new``, two states of which nothing else is known.

    The state in it is equal to ``new`` and shares with ``old`` whatever the two have in common; it is ``old`` itself
    when they are equal. For states that come from somewhere else: a snapshot, an earlier version, an import.
    """
    comparison = Comparison({}, lambda value: False)
    comparison.compare(old, new, (), ())
    state = apply_patches(old, comparison.forward)
    return Effects(state, tuple(comparison.forward), tuple(comparison.inverse), None)


class _Settler(Freezer):
    """Freezes what a mutation left: drafts, and plain dicts and lists that may hold drafts."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope
        # The drafts in which something may have changed, by the id of what they became.
        self.drafts: dict[int, Draft] = {}
        self._new_ids: set[int] | None = None

    def is_new(self, value: object) -> bool:
        """Whether ``value`` was made by this mutation, so that nobody else has seen it yet. For when all is settled."""
        if self._new_ids is None:
            plain = (made for original, made in self.made.values() if not isinstance(original, Draft))
            self._new_ids = {*self.drafts, *map(id, plain)}
        return id(value) in self._new_ids

    def freeze(self, value: Any) -> Any:
        return self.settle(value) if isinstance(value, Draft) else super().freeze(value)

    def settle(self, draft: Draft) -> Any:
        """What ``draft`` becomes: its base, or its copy without drafts in it."""
        if draft._scope is not self._scope:
            state = "has ended" if is_revoked(draft._values) else "is still running"
            raise Misfit(f"is a draft of another mutation, which {state}; store thaw(...) of it")
        if draft._values is draft._base:
            return draft._base
        known = self.made.get(id(draft))
        if known is not None:
            return known[1]
        self.enter(draft)
        changed = self._settle_list(draft) if isinstance(draft, DraftList) else self._settle_dict(draft)
        self.leave(draft)
        result = draft._values if changed else draft._base
        if changed:
            self.drafts[id(result)] = draft
        self.made[id(draft)] = draft, result
        return result

    def _settle_dict(self, draft: Any) -> bool:
        values, base = draft._values, draft._base
        changed: bool = draft._dropped
        for key in draft._touched:
            value = values.get(key, _MISSING)
            if value is not _MISSING:
                settled = self._settle_item(value, key)
                if settled is not value:
                    dict.__setitem__(values, key, settled)
                changed = changed or _differs(base.get(key, _MISSING), settled)
        return changed

    def _settle_list(self, draft: Any) -> bool:
        values, base = draft._values, draft._base
        changed: bool = draft.was_shifted()
        for index in draft.indexes_to_settle():
            value = values[index]
            settled = self._settle_item(value, index)
            if settled is not value:
                list.__setitem__(values, index, settled)
            changed = changed or _differs(base[index], settled)
        return changed

    def _settle_item(self, value: Any, step: Any) -> Any:
        if type(value) in READY_TYPES:
            return value
        try:
            return self.freeze(value)
        except Misfit as misfit:
            misfit.steps.append(step)
            raise


def _differs(old: Any, new: Any) -> bool:
    return new is not old and (type(new) in FROZEN_TYPES or not is_same(old, new))


__all__ = ["DraftDict", "DraftList", "Effects", "produce", "transition"]
