"""Those whose browser has frames that it has not acknowledged; one timer looks after all of them."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

# A browser acknowledges after a second. One that is silent for so long is asleep or gone, and what it misses is made
# anew when it comes back (s); a network that was away for a moment resends within less (RFC 6298).
PATIENCE = 15.0

K = TypeVar("K")


class Unacknowledged(Generic[K]):
    """
    Args:
        overdue: Called with whoever has not been heard of for :data:`PATIENCE` seconds. It is forgotten then.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, overdue: Callable[[K], object]) -> None:
        self._loop = loop
        self._overdue = overdue
        # Since when each is waited for, longest first.
        self._since: dict[K, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, one: K) -> None:
        """Wait for one from now on."""
        self._since.pop(one, None)
        self._since[one] = self._loop.time()
        if self._timer is None:
            self._plan()

    def forget(self, one: K) -> None:
        """Wait no longer. The timer stays as it is: to set another one at each frame would cost more than it saves."""
        self._since.pop(one, None)

    def stop(self) -> None:
        """Forget all."""
        self._since.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self) -> None:
        oldest = next(iter(self._since.values()))
        self._timer = self._loop.call_at(oldest + PATIENCE, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for one, since in tuple(self._since.items()):
            if since + PATIENCE > now:
                break
            del self._since[one]
            self._overdue(one)
        if self._since and self._timer is None:
            self._plan()
