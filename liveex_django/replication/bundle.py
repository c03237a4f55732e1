"""Commits that are kept back, to go to the log as one entry: ``ctx.transaction(...)`` and ``atomic=True``."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from . import purity
from .calls import Call, State, run_calls
from .followed import Followed
from .hub import Hub
from .targets import ready


class Bundle:
    """
    Mutations of one instance that belong together, and the state that they are expected to make.

    Attributes:
        is_atomic: Whether it belongs to the database transaction that is open in the thread that made it.
        is_open: Whether it still takes calls; a task that outlives its block commits for itself.
    """

    def __init__(self, followed: Followed, *, is_atomic: bool = False) -> None:
        self.followed = followed
        self.is_atomic = is_atomic
        self.is_open = False
        self.calls: list[Call] = []
        self._expected: State | None = None

    @property
    def expected(self) -> State:
        """The state as it will be unless another commit comes first; mutations run again on the newest one then."""
        return self.followed.replica.state if self._expected is None else self._expected

    async def add(self, hub: Hub, call: Call) -> None:
        """
        Raises:
            NotInTransaction: It can only stand for itself.
            Exception: Whatever the mutation raises on the expected state; it was not added.
        """
        prepared = await ready(hub, self.followed, call, is_alone=False)
        effects, _ = run_calls(self.expected, [prepared], run=purity.run)
        self._expected = effects.state
        self.calls.append(call)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What was added within the block goes when the block raises."""
        number, expected = len(self.calls), self._expected
        try:
            yield
        except BaseException:
            del self.calls[number:]
            self._expected = expected
            raise

    @contextmanager
    def open(self) -> Iterator[None]:
        """Within the block, and in what it calls, commits to the instance are added here."""
        token = _bundle.set(self)
        self.is_open = True
        try:
            yield
        finally:
            self.is_open = False
            _bundle.reset(token)


_bundle: ContextVar[Bundle | None] = ContextVar("liveex_bundle", default=None)


def current_bundle(followed: Followed) -> Bundle | None:
    """The bundle that commits to this instance belong to here."""
    bundle = _bundle.get()
    return bundle if bundle is not None and bundle.is_open and bundle.followed is followed else None


@contextmanager
def without_bundle() -> Iterator[None]:
    """Within the block commits stand for themselves: it runs on its own account, whoever started it."""
    token = _bundle.set(None)
    try:
        yield
    finally:
        _bundle.reset(token)
