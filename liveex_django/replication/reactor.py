"""
The end of a daphne: it has no lifespan protocol, but it runs on a Twisted reactor, and that lets us hold its end up.

Left to itself daphne cancels all that it serves (``Server.kill_all_applications``), then cuts the connections and stops the
loop: tasks stay where they are, and browsers see no close code. Held up, it goes on listening, and a browser that comes
back would come back to it.
"""

import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from .hub import Hub


def end_with_reactor(hub: "Hub", close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """
    Have ``close`` run to its end before the reactor stops, when it is one that runs the hub's loop; else do nothing.

    Nothing is imported of Twisted that daphne has not imported: without daphne there need not be a Twisted.
    """
    # Twisted puts the reactor itself in the place of this module.
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    # As daphne itself asks for it: daphne.server.
    if getattr(reactor, "_asyncioEventloop", None) is not hub.loop:
        return

    from twisted.internet.defer import Deferred

    def end() -> "Deferred[None]":
        # At once: what daphne cancels in the same turn of the loop has to know why.
        hub.ending.begin()
        _stop_listening(reactor)
        return Deferred.fromFuture(hub.loop.create_task(close()))

    reactor.addSystemEventTrigger("before", "shutdown", end)


def _stop_listening(reactor: Any) -> None:
    """Take no new connections: whoever comes now is better served by another process, or by the next one."""
    from twisted.internet.interfaces import IListeningPort

    for reader in reactor.getReaders():
        if IListeningPort.providedBy(reader):
            reader.stopListening()
