"""
The only ways to change a state: plain synchronous functions of a draft and a payload.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from liveex_django.exceptions import InvalidDeclaration
from liveex_django.store.draft import Effects, produce
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.names import declared_name, is_plain_function
from liveex_django.store.parameters import Parameters

__all__ = ["Mutation"]

# The options of commit(mutation, ..., on_commit=True), which a parameter of the same name could never be given past.
_COMMIT_OPTIONS = frozenset({"on_commit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A declared mutation; ``name`` is the full one, say ``cart/add``, and ``module`` the way there: ``("cart",)``."""

    name: str
    function: Callable[..., Any]
    parameters: Parameters
    store_name: str
    module: tuple[str, ...] = ()

    @classmethod
    def declare(cls, function: Callable[..., Any], store_name: str) -> Self:
        """
        What ``@store.mutation`` makes of a function.

        Raises:
            InvalidDeclaration: It is async or a generator, or has a name or parameters that cannot be.
        """
        name = declared_name(function, "mutation", store_name)
        owner = f"Mutation {name!r} of store {store_name!r}"
        if not is_plain_function(function):
            raise InvalidDeclaration(
                f"{owner} is async or a generator, but a mutation happens at once and whole, or not at all. Make it a "
                "plain def; what has to be awaited belongs into an action that commits the mutation afterwards."
            )
        parameters = Parameters(function, owner=owner, reserved=_COMMIT_OPTIONS)
        return cls(name=name, function=function, parameters=parameters, store_name=store_name)

    def run(self, state: FrozenDict[str, Any], payload: FrozenDict[str, Any]) -> Effects:
        """
        What the mutation does to ``state``, which stays as it is.

        Raises:
            InvalidPayload: The payload does not fit the parameters.
            InvalidDeclaration: The function returned something.
            InvalidState: It left something in the state that state cannot hold.
            Exception: Whatever the function raises, ``Reject`` among it.
        """
        arguments = self.parameters.call_arguments(payload)

        def recipe(draft: Any) -> Any:
            for step in self.module:
                draft = draft[step]
            try:
                return self.function(draft, **arguments)
            except StopIteration as error:
                # On its way through a coroutine it would turn into a RuntimeError that names nobody.
                raise RuntimeError(
                    f"Mutation {self.name!r} of store {self.store_name!r} let a StopIteration out: a next(...) in it "
                    "found nothing. Give next() a default, and raise Reject when nothing is found."
                ) from error

        effects = produce(state, recipe)
        if effects.returned is not None:
            raise self._returned_something(effects.returned)
        return effects

    def nested(self, module: str, store_name: str) -> Self:
        """The same mutation as the store ``store_name`` has it, whose module ``module`` its own store is."""
        return replace(self, name=f"{module}/{self.name}", module=(module, *self.module), store_name=store_name)

    def _returned_something(self, returned: object) -> InvalidDeclaration:
        if inspect.iscoroutine(returned):
            returned.close()
        return InvalidDeclaration(
            f"Mutation {self.name!r} of store {self.store_name!r} returned a {type(returned).__name__}, which nobody "
            "would get, so it was not committed. Change the draft in place and return nothing; what is derived from "
            "state belongs into a getter, what a caller needs back into an action."
        )
