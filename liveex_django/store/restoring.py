"""
The mutations every store has: ``$reset``, back to the initial state, and ``$restore``, to the state at some version.

Both put a whole state in place. Which one, a store cannot know, since the log has it: whoever commits them looks it up
and says ``mutation.to(target)`` before it runs them. The payload stays small: nothing, or the version.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from liveex_django.store.draft import Effects, produce
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.mutations import Mutation
from liveex_django.store.parameters import Parameters
from liveex_django.store.scalars import is_same

__all__ = ["BUILT_IN_NAMES", "Replacement", "built_in_mutation"]


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
            kept = {key: state[key] for key in target if key in state and _is_same_tree(state[key], target[key])}
            draft.clear()
            draft.update({key: kept.get(key, value) for key, value in target.items()})

        return produce(state, recipe)


def built_in_mutation(name: str, store_name: str) -> Replacement:
    """``$reset`` or ``$restore`` of a store."""
    function = _BUILT_IN[name]
    parameters = Parameters(function, owner=f"Mutation {name!r} of store {store_name!r}")
    return Replacement(name=name, function=function, parameters=parameters, store_name=store_name)


def _reset(state: Any) -> None:
    """What ``$reset`` takes: nothing."""


def _restore(state: Any, version: int) -> None:
    """What ``$restore`` takes: the version whose state is wanted."""


_BUILT_IN: Mapping[str, Callable[..., None]] = {"$reset": _reset, "$restore": _restore}
BUILT_IN_NAMES = frozenset(_BUILT_IN)


def _is_same_tree(old: Any, new: Any) -> bool:
    """Whether two frozen values cannot be told apart; unlike ``==`` it tells 1 from True, and orders of keys."""
    if old is new:
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return list(old) == list(new) and all(_is_same_tree(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_is_same_tree, old, new))
    return is_same(old, new)
