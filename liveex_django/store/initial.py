"""
The state that an instance begins with: a dict, or a function that makes one.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from liveex_django.exceptions import InvalidDeclaration, InvalidState
from liveex_django.store.frozen import FrozenDict, freeze
from liveex_django.store.names import is_plain_function, shorten

__all__ = ["Initial", "checked_state", "compose_initial", "declare_initial", "is_async_initial"]

Initial = Mapping[str, Any] | Callable[[], Any] | Callable[[], Awaitable[Any]]


def declare_initial(state: object, store_name: str) -> Initial:
    """
    ``state`` as ``Store(state=...)`` takes it; a dict is frozen, so that nobody changes it for everyone.

    Raises:
        InvalidDeclaration: It is neither a dict nor a function without parameters.
        InvalidState: It is a dict that cannot be a state.
    """
    if isinstance(state, Mapping):
        return checked_state(state, store_name)
    problem = _problem_of(state)
    if problem:
        raise InvalidDeclaration(
            f"Store {store_name!r} has state={shorten(repr(state))}, {problem}. Give a dict, or a def or async def "
            "without parameters that returns one."
        )
    assert callable(state)
    return state


def checked_state(value: object, store_name: str) -> FrozenDict[str, Any]:
    """
    ``value`` frozen, when it can be the whole state of an instance.

    Raises:
        InvalidState: It is no dict, has keys at the top that are no text, or holds something that state cannot hold.
    """
    if not isinstance(value, dict):
        if inspect.iscoroutine(value):
            value.close()
        raise InvalidState((), f"begins as a {type(value).__name__} in store {store_name!r}, but must be a dict")
    for key in value:
        if not isinstance(key, str):
            raise InvalidState((), f"of store {store_name!r} has the key {key!r} at the top, where keys are str")
    frozen: FrozenDict[str, Any] = freeze(value)
    return frozen


def is_async_initial(initial: Initial) -> bool:
    """Whether it has to be awaited."""
    return inspect.iscoroutinefunction(initial)


def compose_initial(own: Initial, modules: Mapping[str, Initial], store_name: str) -> Initial:
    """
    One initial state of a store's own and those of its modules: a dict of dicts, else a def, else an async def.

    Raises:
        InvalidDeclaration: Some are plain def and some async def: nothing here could run both where they belong.
    """
    everything = [own, *modules.values()]
    plain = [initial for initial in everything if callable(initial) and not is_async_initial(initial)]
    if any(map(is_async_initial, everything)):
        if plain:
            raise InvalidDeclaration(
                f"Store {store_name!r} and its modules make their initial states with def ({_names(plain)}) and with "
                "async def, but one runs in a thread and the other on the event loop. Make all def, or all async def."
            )

        async def compose() -> FrozenDict[str, Any]:
            made = {name: await _amade(initial) for name, initial in modules.items()}
            return _joined(await _amade(own), made, store_name)

        return compose
    if not plain:
        return _joined(own, modules, store_name)
    return lambda: _joined(_made(own), {name: _made(initial) for name, initial in modules.items()}, store_name)


def _problem_of(state: object) -> str | None:
    if not callable(state) or isinstance(state, type):
        return "which is neither a dict nor a function"
    if not is_plain_function(state) and not inspect.iscoroutinefunction(state):
        return "which is a generator and never returns a state"
    required = [
        parameter.name
        for parameter in inspect.signature(state).parameters.values()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    ]
    return f"which needs {', '.join(required)}, and nobody would give it that" if required else None


def _made(initial: Any) -> Any:
    return initial() if callable(initial) else initial


async def _amade(initial: Any) -> Any:
    return await initial() if callable(initial) else initial


def _joined(own: Any, modules: Mapping[str, Any], store_name: str) -> FrozenDict[str, Any]:
    state = checked_state(own, store_name)
    taken = [name for name in modules if name in state]
    if taken:
        raise InvalidDeclaration(
            f"The state of store {store_name!r} has the key {taken[0]!r}, where the state of its module of that name "
            "belongs. Rename one of them."
        )
    return checked_state({**state, **modules}, store_name)


def _names(functions: list[Any]) -> str:
    return ", ".join(getattr(function, "__qualname__", repr(function)) for function in functions)
