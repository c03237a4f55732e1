"""
Subscriptions: callbacks that follow an instance until they are ended, or their owner is gone.
"""

import inspect
import logging
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..exceptions import InvalidDeclaration
from ..store import Entry, FrozenDict, Getters
from ..store.names import is_async_function, shorten
from ..store.sameness import is_same_tree
from .followed import Change, Committed, Followed
from .hub import Hub
from .instance import Instance

logger = logging.getLogger("liveex.replication")

State = FrozenDict[str, Any]
EntryCallback = Callable[[Entry, State, State], object]
ValueCallback = Callable[[Any, Any], object]
Selector = str | Callable[..., Any]


class Subscription:
    """
    One callback that follows one instance. Call it, from any thread, or leave its ``with`` block, to end it.

    Args:
        subscriber: Told of every change, on the hub's event loop.
        owner: It ends when this object is gone.
    """

    def __init__(self, hub: Hub, followed: Followed, subscriber: Callable[[Change], None], owner: object) -> None:
        self._hub = hub
        self._followed = followed
        self._unsubscribe: Callable[[], None] | None = followed.subscribe(subscriber)
        self._of_owner = None if owner is None else weakref.finalize(owner, self)

    def __call__(self) -> None:
        if self._hub.is_running_here():
            self._end()
            return
        with suppress(RuntimeError):  # the loop is closed, and everything with it
            self._hub.loop.call_soon_threadsafe(self._end)

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self()

    def _end(self) -> None:
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is not None:
            unsubscribe()
            self._hub.release(self._followed)
        if self._of_owner is not None:
            self._of_owner.detach()


async def subscribe(hub: Hub, instance: Instance, callback: EntryCallback, owner: object) -> Subscription:
    """Call ``callback(entry, before, after)`` for every entry from now on."""
    call = _prepared(callback, owner, ("entry", "before", "after"))

    def tell(change: Change) -> None:
        if isinstance(change, Committed):
            call(change.entry, change.before, change.after)

    return Subscription(hub, await hub.acquire(instance), tell, owner)


async def watch(
    hub: Hub, instance: Instance, selector: Selector, callback: ValueCallback, owner: object
) -> Subscription:
    """
    Call ``callback(new, old)`` for every version, from now on, in which the value of a getter is another one.

    Raises:
        UnknownGetter: There is no such getter.
        Exception: Whatever it raises for the present state; when it raises later, the last value stays.
    """
    call = _prepared(callback, owner, ("new", "old"))
    read = _reader(instance, selector)
    followed = await hub.acquire(instance)
    try:
        value = read(followed.replica.state, followed.replica.getters)
    except BaseException:
        hub.release(followed)
        raise

    def tell(change: Change) -> None:
        nonlocal value
        state = change.after if isinstance(change, Committed) else followed.replica.state
        new = read(state, followed.replica.getters_of(state))
        if not is_same_tree(value, new):
            old, value = value, new
            call(new, old)

    return Subscription(hub, followed, tell, owner)


def _reader(instance: Instance, selector: Selector) -> Callable[[State, Getters], Any]:
    name = selector if isinstance(selector, str) else instance.store.getters.name_of(selector)
    if name is not None:
        return lambda state, getters: getters[name]
    assert callable(selector)
    if len(inspect.signature(selector).parameters) == 1:
        return lambda state, getters: selector(state)
    return lambda state, getters: selector(state, getters)


def _prepared(callback: Callable[..., object], owner: object, parameters: tuple[str, ...]) -> Callable[..., object]:
    """``callback``, checked; a method of the owner is held in a way that lets the owner go."""
    listed = ", ".join(parameters)
    if is_async_function(callback):
        raise InvalidDeclaration(
            f"{shorten(repr(callback))} is an async def, but a subscription calls back at once and waits for nothing. "
            f"Make it a plain def callback({listed}) that starts a task, or use @store.on(...), which may be async."
        )
    try:
        inspect.signature(callback).bind(*parameters)
    except TypeError as error:
        raise InvalidDeclaration(
            f"{shorten(repr(callback))} cannot be called with ({listed}): {error}. Give a plain def callback({listed})."
        ) from None
    if owner is None:
        return callback
    try:
        weakref.ref(owner)
    except TypeError:
        raise InvalidDeclaration(
            f"A {type(owner).__name__} cannot own a subscription, because nobody could tell when it is gone. Give an "
            "object of a class of your own, or none and call the returned subscription to end it."
        ) from None
    if getattr(callback, "__self__", None) is not owner:
        return callback
    method = weakref.WeakMethod(callback)

    def call(*arguments: Any) -> None:
        bound = method()
        if bound is not None:
            bound(*arguments)

    return call
