"""Which commits of this process lost to other processes, and how often."""

import threading
from collections import OrderedDict

# Compare-and-swap alone lets a process that is near Redis win for ever: one of two writers starved in 20 runs of 20.
_LOSSES_BEFORE_TICKET = 3
# Losers that are remembered; one that is forgotten only waits for its ticket a little longer.
_MOST_REMEMBERED = 1000


class Races:
    """Counts, per instance, how often the commit that is tried now was too late. For any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lost: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def is_due(self, digest: str, id: str) -> bool:
        """Whether the commit ``id`` lost so often that it asks for a ticket."""
        loser, losses = self._lost.get(digest, ("", 0))
        return loser == id and losses >= _LOSSES_BEFORE_TICKET

    def lose(self, digest: str, id: str) -> None:
        """Somebody else was first."""
        with self._lock:
            loser, losses = self._lost.pop(digest, ("", 0))
            self._lost[digest] = (id, losses + 1 if loser == id else 1)
            if len(self._lost) > _MOST_REMEMBERED:
                self._lost.popitem(last=False)

    def end(self, digest: str) -> None:
        """The commit has its place, or is given up."""
        if digest in self._lost:
            with self._lock:
                self._lost.pop(digest, None)
