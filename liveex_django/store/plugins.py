"""
Looking over the shoulder of a store: plugins see every action and mutation, subscribers every entry of one mutation.

Plugins are asked on the way of a commit, so they are plain ``def`` and quick. Subscribers are told afterwards, outside
of it, and may be ``async def``. Neither can break a commit: only a ``Reject`` from ``before`` stops one.
"""

import inspect
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from liveex_django.exceptions import InvalidDeclaration, Reject
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.names import is_async_function, shorten

__all__ = ["Hooks", "Plugin", "Step", "Subscriber"]

State = FrozenDict[str, Any]

_logger = logging.getLogger("liveex")

_HOOKS = ("before", "after", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is about to happen, or has happened, to one instance of a store."""

    kind: Literal["action", "mutation"]
    store: str
    key: str
    name: str
    payload: FrozenDict[str, Any]
    # The action that commits a mutation, or dispatched an action; None when it came from outside.
    action: str | None = None
    # Who acts; None is the system.
    actor: str | None = None


class Plugin:
    """
    Subclass it, override what you need, give an instance to ``Store(plugins=[...])``.

    An error that a hook raises is logged and changes nothing, except ``Reject`` from ``before``.
    """

    def before(self, step: Step, state: State) -> None:
        """
        Called with the state that the step starts from; may raise ``Reject``.

        For a mutation it is called again when another process was first and the mutation runs anew on a newer state.
        """

    def after(self, step: Step, before: State, after: State, entry: Entry | None) -> None:
        """Called when the step has succeeded, with the states around it; ``entry`` is None for an action."""

    def error(self, step: Step, error: BaseException) -> None:
        """Called when the step has failed or was rejected; nothing was changed by a mutation that did."""


class Hooks:
    """
    The plugins of a store, to be called as if they were one that never fails; false when there are none.

    Raises:
        InvalidDeclaration: Something is no instance of a Plugin, or one of its hooks is async.
    """

    def __init__(self, plugins: Iterable[Plugin], store_name: str) -> None:
        self.plugins = tuple(plugins)
        self._store_name = store_name
        for plugin in self.plugins:
            if not isinstance(plugin, Plugin):
                raise InvalidDeclaration(
                    f"Store {store_name!r} has {shorten(repr(plugin))} in plugins=[...], which is no Plugin, "
                    "so nothing of it would be called. Subclass liveex_django.store.Plugin and give an instance."
                )
            for hook in _HOOKS:
                if is_async_function(getattr(plugin, hook)):
                    raise InvalidDeclaration(
                        f"{type(plugin).__name__}.{hook}, of a plugin of store {store_name!r}, is an async def, but "
                        "commits do not wait. Make it a plain def, or use @store.on(...), whose callbacks may be async."
                    )

    def __bool__(self) -> bool:
        return bool(self.plugins)

    def before(self, step: Step, state: State) -> None:
        """
        Ask every plugin, in their order.

        Raises:
            Reject: One of them refuses; those behind it were not asked.
        """
        for plugin in self.plugins:
            try:
                plugin.before(step, state)
            except Reject:
                raise
            except Exception:
                self._log_failure(plugin, "before", step)

    def after(self, step: Step, before: State, after: State, entry: Entry | None = None) -> None:
        """Tell every plugin, in their order."""
        for plugin in self.plugins:
            try:
                plugin.after(step, before, after, entry)
            except Exception:
                self._log_failure(plugin, "after", step)

    def error(self, step: Step, error: BaseException) -> None:
        """Tell every plugin, in their order."""
        for plugin in self.plugins:
            try:
                plugin.error(step, error)
            except Exception:
                self._log_failure(plugin, "error", step)

    def _log_failure(self, plugin: Plugin, hook: str, step: Step) -> None:
        _logger.exception(
            "Plugin %s of store %r failed in %s() of %s %r. The store went on as if the plugin were not there.",
            type(plugin).__name__,
            self._store_name,
            hook,
            step.kind,
            step.name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A callback that ``@store.on(mutation)`` declares, to be called with ``(entry, before, after)``."""

    callback: Callable[[Entry, State, State], Any]
    is_async: bool
    module: tuple[str, ...] = ()

    @classmethod
    def declare(cls, callback: Callable[..., Any], mutation: str, store_name: str) -> Self:
        """
        What ``@store.on(mutation)`` makes of a function.

        Raises:
            InvalidDeclaration: It cannot be called with three arguments.
        """
        try:
            inspect.signature(callback).bind(None, None, None)
        except TypeError as error:
            raise InvalidDeclaration(
                f"@store.on({mutation!r}) of store {store_name!r} was put on {shorten(repr(callback))}, which cannot "
                f"be called with (entry, before, after): {error}. Declare it as def callback(entry, before, after)."
            ) from None
        return cls(callback=callback, is_async=is_async_function(callback))

    def nested(self, module: str) -> Self:
        """The same subscriber in a store whose module ``module`` its own store is."""
        return replace(self, module=(module, *self.module))

    def __call__(self, entry: Entry, before: State, after: State) -> Any:
        """Call it, with the states of its own module; something to await when ``is_async``."""
        for step in self.module:
            before, after = before[step], after[step]
        return self.callback(entry, before, after)
