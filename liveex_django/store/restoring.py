"""
The mutations every store has: ``$reset``, back to the initial state; ``$restore``, to the state at some version;
``$undo`` and ``$redo`` of one entry.

The first two put a whole state in place, the others patches. Which ones, a store cannot know, since the log has them:
whoever commits them looks them up and says ``mutation.to(...)`` before it runs them. The payload stays small.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from liveex_django.store.draft import Effects, produce
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.mutations import Mutation
from liveex_django.store.parameters import Parameters
from liveex_django.store.patches import Patch, apply_patches
from liveex_django.store.sameness import is_same_tree

__all__ = ["BUILT_IN_NAMES", "REDO", "RESET", "RESTORE", "UNDO", "Replacement", "Reversal", "built_in_mutation"]

RESET, RESTORE, UNDO, REDO = "$reset", "$restore", "$undo", "$redo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement(Mutation):
    """A mutation that makes the state equal to ``target``, and keeps what is equal already as the same objects."""

    target: FrozenDict[str, Any] | None = None

    def to(self, target: FrozenDict[str, Any]) -> Self:
        """The same mutation, ready to run: with the state to put in place."""
        return replace(self, target=target)

    def run(self, state: FrozenDict[str, Any], payload: FrozenDict[str, Any]) -> Effects:
        self.parameters.call_arguments(payload)
        target = self.target
        assert target is not None, f"{self.name} was run without .to(target)"

        def recipe(draft: Any) -> None:
            kept = {key: state[key] for key in target if key in state and is_same_tree(state[key], target[key])}
            draft.clear()
            draft.update({key: kept.get(key, value) for key, value in target.items()})

        return produce(state, recipe)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal(Mutation):
    """A mutation that applies patches which an earlier entry already knew: its inverse ones, or those of an undone one."""

    effects: tuple[tuple[Patch, ...], tuple[Patch, ...]] | None = None

    def to(self, patches: tuple[Patch, ...], inverse: tuple[Patch, ...]) -> Self:
        """The same mutation, ready to run: with what it does, and what leads back."""
        return replace(self, effects=(patches, inverse))

    def run(self, state: FrozenDict[str, Any], payload: FrozenDict[str, Any]) -> Effects:
        """
        Raises:
            DamagedPatch: The patches do not fit this state.
        """
        self.parameters.call_arguments(payload)
        assert self.effects is not None, f"{self.name} was run without .to(patches, inverse)"
        patches, inverse = self.effects
        return Effects(state=apply_patches(state, patches), patches=patches, inverse=inverse, returned=None)


def built_in_mutation(name: str, store_name: str) -> Replacement | Reversal:
    """``$reset``, ``$restore``, ``$undo`` or ``$redo`` of a store."""
    function = _BUILT_IN[name]
    parameters = Parameters(function, owner=f"Mutation {name!r} of store {store_name!r}")
    kind = Reversal if name in (UNDO, REDO) else Replacement
    return kind(name=name, function=function, parameters=parameters, store_name=store_name)


def _reset(state: Any) -> None:
    """What ``$reset`` takes: nothing."""


def _of_version(state: Any, version: int) -> None:
    """What the others take: the version whose state is wanted, or whose entry is to be undone or redone."""


_BUILT_IN: Mapping[str, Callable[..., None]] = {
    RESET: _reset,
    RESTORE: _of_version,
    UNDO: _of_version,
    REDO: _of_version,
}
BUILT_IN_NAMES = frozenset(_BUILT_IN)
