"""
Helpers for tests of stores: one mutation or getter on plain data, the entries that a block commits, a stopped clock, and
actions that do something else for a while.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation

from ..replication.calls import TRANSACTION
from ..replication.clock import clock_set_to
from ..replication.threads import refuse_on_loop
from ..store import Entry, FrozenDict, Store, StoreHandle, freeze
from ..store.getters import GetterCache
from ..store.names import is_async_function
from ..store.patches import Patch
from .failures import UnexpectedCommits, listed

Named = str | Callable[..., Any]

# What assert_commits is told of one entry: a mutation, one with its payload, or the list of a transaction's.
Expected = Named | tuple[Named, Mapping[str, Any]] | list[Named]

# More than any test commits in one block; a log keeps at least a thousand.
_MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class MutationResult:
    """
    What a mutation does. ``patches`` are steps ``(op, path, value)`` that lead from the old state to ``state``,
    ``inverse`` those that lead back.
    """

    state: FrozenDict[str, Any]
    patches: tuple[Patch, ...]
    inverse: tuple[Patch, ...]


def run_mutation(
    store: Store, mutation: Named, state: Mapping[str, Any], /, *args: Any, **kwargs: Any
) -> MutationResult:
    """
    Run one mutation on plain data as a commit would: arguments are checked, ``state`` stays as it is. Plugins
    are not asked, and nothing is kept.

    Raises:
        UnknownMutation: The store has no such mutation.
        InvalidPayload: The arguments do not fit.
        InvalidState: ``state`` cannot be a state, or the mutation left something that cannot be in one.
        Exception: Whatever the mutation raises, ``Reject`` among it.
    """
    found = store.find_mutation(mutation)
    effects = found.run(freeze(dict(state)), found.parameters.bind(args, kwargs))
    return MutationResult(state=effects.state, patches=effects.patches, inverse=effects.inverse)


def run_getter(store: Store, getter: Named, state: Mapping[str, Any]) -> Any:
    """
    What a getter makes of plain data.

    Raises:
        UnknownGetter: The store has no such getter.
        Exception: Whatever the getter raises.
    """
    return GetterCache(store.getters, store.name).bind(freeze(dict(state)))[store.getters.find(getter).name]


class assert_commits(AbstractContextManager["list[Entry]"], AbstractAsyncContextManager["list[Entry]"]):
    """
    The block commits exactly these mutations to one instance, in this order::

        with assert_commits(store.at("shared"), ["add_filter", ("take", {"item_id": 3, "quantity": 1})]) as entries:
            page.click("button", text="House")

    Each is a mutation, by function or name; a mutation with its payload; or, for a transaction, the list of its
    mutations. After the block ``entries`` holds the entries themselves. ``async with`` in async tests.

    Raises:
        UnexpectedCommits: Others were committed; lists them with their payloads.
    """

    def __init__(self, handle: StoreHandle, expected: Sequence[Expected]) -> None:
        self._handle = handle
        self._expected = list(expected)
        self._entries: list[Entry] = []
        self._before: Entry | None = None

    def __enter__(self) -> list[Entry]:
        try:
            refuse_on_loop("assert_commits", "...")
        except SynchronousOnlyOperation:
            raise SynchronousOnlyOperation("In an async test, write: async with assert_commits(...).") from None
        self._begin(self._handle.history(limit=1))
        return self._entries

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if error is None:
            self._end(self._handle.history(limit=_MOST_ENTRIES))

    async def __aenter__(self) -> list[Entry]:
        self._begin(await self._handle.ahistory(limit=1))
        return self._entries

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if error is None:
            self._end(await self._handle.ahistory(limit=_MOST_ENTRIES))

    def _begin(self, newest: Sequence[Entry]) -> None:
        self._before = newest[0] if newest else None

    def _end(self, newest_first: Sequence[Entry]) -> None:
        for entry in newest_first:
            if self._before is not None and (entry.epoch, entry.version) == (self._before.epoch, self._before.version):
                break
            self._entries.insert(0, entry)
        if len(self._entries) != len(self._expected) or not all(map(self._fits, self._entries, self._expected)):
            wanted = listed(map(self._shown, self._expected), " nothing.")
            got = listed(map(_describe, self._entries), " nothing.")
            raise UnexpectedCommits(f"{self._handle} should have got the commits:{wanted}\nIt got:{got}")

    def _fits(self, entry: Entry, expected: Expected) -> bool:
        if isinstance(expected, tuple):
            mutation, payload = expected
            return entry.name == self._name(mutation) and entry.payload == payload
        if isinstance(expected, list):
            return _mutations_of(entry) == [self._name(each) for each in expected]
        return entry.name == self._name(expected)

    def _name(self, mutation: Named) -> str:
        return self._handle.store.find_mutation(mutation).name

    def _shown(self, expected: Expected) -> str:
        if isinstance(expected, tuple):
            return f"{self._name(expected[0])} {dict(expected[1])}"
        if isinstance(expected, list):
            return f"{TRANSACTION} of {', '.join(map(self._name, expected))}"
        return self._name(expected)


def _mutations_of(entry: Entry) -> list[str]:
    return [call["mutation"] for call in entry.payload["calls"]] if entry.name == TRANSACTION else []


def _describe(entry: Entry) -> str:
    names = f" of {', '.join(_mutations_of(entry))}" if entry.name == TRANSACTION else ""
    by = f", by action {entry.action!r}" if entry.action else ""
    return (
        f"{entry.name}{names} {dict(entry.payload) if not names else ''}".rstrip() + f" (version {entry.version}{by})"
    )


class FixedClock:
    """What :func:`fixed_clock` gives. ``now`` is aware and in UTC; it moves only by :meth:`advance`."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def advance(self, seconds: float | timedelta) -> None:
        """Let time pass; negative seconds turn it back."""
        self.now += seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)


@contextmanager
def fixed_clock(now: datetime) -> Iterator[FixedClock]:
    """
    Stop the clock that entries (``entry.at``) and ``ctx.now`` are given their time by.

    Raises:
        ValueError: ``now`` is naive, so nobody knows when it is.
    """
    if now.tzinfo is None:
        raise ValueError(f"{now!r} is naive, so nobody knows when it is. Add tzinfo=datetime.UTC.")
    clock = FixedClock(now)
    with clock_set_to(lambda: clock.now):
        yield clock


@contextmanager
def stub_action(
    store: Store, action: Named, replacement: Callable[..., Any] | None = None
) -> Iterator[list[dict[str, Any]]]:
    """
    Let an action do something else within the block: what ``replacement(ctx, ...)`` does, a ``def`` or an ``async def``,
    or nothing.

    Arguments are still checked by the action's own parameters, permissions still asked. Gives a list to which each call
    adds the arguments it was given; defaults are the replacement's own.

    Raises:
        UnknownAction: The store has no such action.
    """
    found = store.find_action(action)
    *modules, name = found.name.split("/")
    for module in modules:
        store = store.modules[module]
    calls: list[dict[str, Any]] = []
    original = store.actions[name]
    stub = replacement or _nothing
    is_async = is_async_function(stub)

    def call(ctx: Any, /, **arguments: Any) -> Any:
        calls.append(arguments)
        return stub(ctx, **arguments)

    async def acall(ctx: Any, /, **arguments: Any) -> Any:
        calls.append(arguments)
        return await stub(ctx, **arguments)

    declared = store.actions._own
    declared[name] = replace(
        original, function=acall if is_async else call, is_async=is_async, atomic=original.atomic and not is_async
    )
    try:
        yield calls
    finally:
        declared[name] = original


async def _nothing(ctx: Any, /, **arguments: Any) -> None:
    """What a stubbed action does when nobody says what."""
