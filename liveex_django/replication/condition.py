"""Whether the log answers this process, and who here wants to know."""

import logging
from collections.abc import Callable

logger = logging.getLogger("liveex.replication")

Told = Callable[[bool], None]


class Condition:
    """While the log does not answer, pages show what they last knew, and say so."""

    def __init__(self) -> None:
        self.is_degraded = False
        self._subscribers: dict[object, Told] = {}

    def degrade(self, error: Exception) -> None:
        """The log did not answer."""
        if not self.is_degraded:
            logger.error("The log does not answer; pages stay as they are and are told so: %s", error)
            self._change(True)

    def mend(self) -> None:
        """The log has answered."""
        if self.is_degraded:
            logger.warning("The log answers again.")
            self._change(False)

    def subscribe(self, told: Told) -> Callable[[], None]:
        """Call ``told(is_degraded)`` at every change from now on; returns what ends that."""
        key = object()
        self._subscribers[key] = told
        return lambda: self._subscribers.pop(key, None) and None

    def _change(self, is_degraded: bool) -> None:
        self.is_degraded = is_degraded
        for told in tuple(self._subscribers.values()):
            told(is_degraded)
