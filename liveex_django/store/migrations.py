"""
From one schema to the next: what brings a state that an earlier release has stored into the shape of this one.

A migration is written like a mutation, on a draft of the old state. Whoever loads such a state commits all that is
missing as one entry, ``$migrate``.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from liveex_django.exceptions import InvalidDeclaration, MissingMigration, NewerSchema
from liveex_django.store.draft import Effects
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.mutations import Mutation
from liveex_django.store.names import is_plain_function, shorten
from liveex_django.store.parameters import Parameters

__all__ = ["MIGRATE", "Migration", "Migrations"]

MIGRATE = "$migrate"

Function = Callable[[Any], None]


class Migrations:
    """The migrations that one store declares, by the schema that they start from; false when there are none."""

    def __init__(self, store_name: str, schema: int) -> None:
        self._store_name = store_name
        self._schema = schema
        self._functions: dict[int, Function] = {}

    def __bool__(self) -> bool:
        return bool(self._functions)

    def declare(self, old: object, new: object, function: object) -> None:
        """
        What ``@store.migrate(old, new)`` makes of a function.

        Raises:
            InvalidDeclaration: These are no neighbouring schemas of the store, or the function cannot be called with a
                draft alone.
        """
        problem = self._problem_of_step(old, new) or _problem_of_function(function)
        if problem:
            raise InvalidDeclaration(f"@store.migrate({old!r}, {new!r}) of store {self._store_name!r} {problem}")
        assert isinstance(old, int)
        assert callable(function)
        self._functions[old] = function

    def steps(self, schema: int) -> tuple[Function, ...]:
        """
        The migrations from ``schema`` to the store's own, in their order.

        Raises:
            NewerSchema: A later release has stored it.
            MissingMigration: There is no way.
        """
        if schema > self._schema:
            raise NewerSchema(self._store_name, schema, self._schema)
        needed = range(schema, self._schema)
        missing = [old for old in needed if old not in self._functions]
        if missing:
            raise MissingMigration(self._store_name, missing[0], schema, self._schema)
        return tuple(self._functions[old] for old in needed)

    def _problem_of_step(self, old: object, new: object) -> str | None:
        if not isinstance(old, int) or not isinstance(new, int) or old < 1 or new != old + 1:
            return "does not lead from one schema to the next. Declare one for each step: @store.migrate(1, 2)."
        if new > self._schema:
            return f"leads beyond the store's schema, {self._schema}. Declare the store with schema={new}."
        if old in self._functions:
            return f"is declared already, as {self._functions[old].__qualname__}. Put both into one function."
        return None


def _problem_of_function(function: object) -> str | None:
    if not callable(function):
        return f"was put on {shorten(repr(function))}, which is no function. Put it on a def of (state)."
    if not is_plain_function(function):
        return (
            "is async or a generator, but a migration happens at once, or not at all. Make it a plain def of (state)."
        )
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        return f"takes {inspect.signature(function)}, but is given the old state alone. Declare it as def (state)."
    return None


def _migrate(state: Any, old: int, new: int, modules: list[str]) -> None:
    """What the payload of the entry says: the schemas, and the modules whose states were added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration(Mutation):
    """The mutation that brings a state up to date; made for one state."""

    steps: tuple[Function, ...]
    # Of modules that were added since the state was stored, by the way to them.
    module_states: Mapping[tuple[str, ...], FrozenDict[str, Any]]

    @classmethod
    def make(
        cls,
        store_name: str,
        steps: tuple[Function, ...],
        module_states: Mapping[tuple[str, ...], FrozenDict[str, Any]],
    ) -> Self:
        """A migration through ``steps``, which then adds the states of modules."""
        parameters = Parameters(_migrate, owner=f"Mutation {MIGRATE!r} of store {store_name!r}")
        return cls(
            name=MIGRATE,
            function=_migrate,
            parameters=parameters,
            store_name=store_name,
            steps=steps,
            module_states=module_states,
        )

    def run(self, state: FrozenDict[str, Any], payload: FrozenDict[str, Any]) -> Effects:
        """
        Raises:
            InvalidDeclaration: A step returned something.
            Exception: Whatever a step raises.
        """

        def recipe(draft: Any) -> None:
            for step in self.steps:
                if step(draft) is not None:
                    raise InvalidDeclaration(
                        f"Migration {step.__qualname__} of store {self.store_name!r} returned something, which nobody "
                        "would get. Change the draft in place and return nothing."
                    )
            for (*way, name), module_state in self.module_states.items():
                outer = draft
                for part in way:
                    outer = outer[part]
                outer.setdefault(name, module_state)

        inner = Mutation(name=self.name, function=recipe, parameters=Parameters(recipe), store_name=self.store_name)
        return inner.run(state, FrozenDict())
