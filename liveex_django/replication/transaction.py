"""``ctx.transaction(label)``: several mutations as one entry, all or nothing."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from django.core.exceptions import SynchronousOnlyOperation

from ..exceptions import CommitInTransaction, InvalidPayload
from ..store import Entry
from .bundle import Bundle, current_bundle
from .calls import Call
from .followed import Followed
from .hub import Hub
from .threads import wait_for_loop
from .transactions import open_transaction

# A label goes into every entry and into log lines (characters).
_LONGEST_LABEL = 200


class Transaction:
    """
    To be used once, with ``with`` in a plain ``def`` and with ``async with`` in an ``async def``.

    Within another one, or in an atomic action, it is a part of that: its mutations go when it raises, and are committed
    with the outer one.

    Attributes:
        entry: The entry that it became; None while it runs, when nothing was committed in it, and when it is a part.
    """

    def __init__(
        self,
        hub: Hub,
        followed: Followed,
        label: str,
        commit: Callable[[list[Call], str], Coroutine[Any, Any, Entry]],
    ) -> None:
        if not isinstance(label, str) or not 0 < len(label) <= _LONGEST_LABEL:
            raise InvalidPayload(
                f"{label!r:.80} cannot be the label of a transaction, which is what its entry is told by: give a text of "
                f"1 to {_LONGEST_LABEL} characters, such as ctx.transaction('move card')."
            )
        self.entry: Entry | None = None
        self._hub = hub
        self._followed = followed
        self._label = label
        self._commit = commit
        self._own: Bundle | None = None
        self._stack = ExitStack()

    async def __aenter__(self) -> Self:
        return self._enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None and self._own and self._own.calls:
            self.entry = await self._commit(self._own.calls, self._label)

    def __enter__(self) -> Self:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            raise SynchronousOnlyOperation(
                "with ctx.transaction(...) would block the event loop. In async code, write: async with ctx.transaction."
            )
        bundle = current_bundle(self._followed)
        if open_transaction() is not None and not (bundle and bundle.is_atomic):
            raise CommitInTransaction(self._followed.instance.store.name, self._label)
        return self._enter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if error is None and self._own and self._own.calls:
            self.entry = wait_for_loop(self._commit(self._own.calls, self._label), self._hub.loop)

    def _enter(self) -> Self:
        outer = current_bundle(self._followed)
        if outer is None:
            self._own = Bundle(self._followed)
            self._stack.enter_context(self._own.open())
        else:
            self._stack.enter_context(outer.savepoint())
        return self
