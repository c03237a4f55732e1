"""One websocket of a page to the ASGI application of the project, without a network."""

import asyncio
import contextvars
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .failures import PageNotOpened


@dataclass(frozen=True, slots=True)
class Received:
    """A frame of the server; ``size`` is its bytes."""

    frame: dict[str, Any]
    size: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of the connection; ``code`` is the server's."""

    code: int


class Socket:
    """
    Args:
        scope: As a server makes it for the handshake.
        arrived: Called whenever there is something new in :attr:`inbox`.
    """

    def __init__(self, application: Any, scope: Mapping[str, Any], arrived: Callable[[], None]) -> None:
        self.inbox: deque[Received | Closed] = deque()
        self.is_accepted = False
        self._arrived = arrived
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._outbox.put_nowait({"type": "websocket.connect"})
        # An empty context: a server knows nothing of the language, the time zone or the task of a test.
        self._task = asyncio.get_running_loop().create_task(
            application(dict(scope), self._outbox.get, self._take), context=contextvars.Context()
        )
        self._task.add_done_callback(lambda _: arrived())

    @property
    def is_over(self) -> bool:
        """Whether the application has ended."""
        return self._task.done()

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message of the page."""
        self._outbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def raise_error(self) -> None:
        """What the application raised, if it did."""
        if self._task.done() and not self._task.cancelled():
            self._task.result()

    async def close(self) -> None:
        """Go away, as a closed tab does, and wait until the application has noticed."""
        self._outbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait([self._task])

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "websocket.accept":
                self.is_accepted = True
            case "websocket.send":
                text = message["text"]
                self.inbox.append(Received(json.loads(text), len(text.encode())))
            case "websocket.close":
                self.inbox.append(Closed(message.get("code") or 1000))
        self._arrived()


def load_application() -> Any:
    """
    What ``ASGI_APPLICATION`` names; without it the library's own route.

    Raises:
        ImproperlyConfigured: The setting leads nowhere.
        PageNotOpened: It leads to an application that takes no websockets.
    """
    from channels.routing import ProtocolTypeRouter, URLRouter, get_default_application

    from ..replication import mark_as_serving

    mark_as_serving()
    if not getattr(settings, "ASGI_APPLICATION", None):
        from ..routing import websocket_urlpatterns

        return URLRouter(websocket_urlpatterns)
    application = get_default_application()
    if isinstance(application, ProtocolTypeRouter) and "websocket" not in application.application_mapping:
        raise PageNotOpened(
            f"{settings.ASGI_APPLICATION}, which ASGI_APPLICATION names, takes no websockets, so no page could be live. "
            "Make it with liveex_django.asgi.get_asgi_application(), or give the ProtocolTypeRouter\n"
            '    "websocket": URLRouter(liveex_django.routing.websocket_urlpatterns)'
        )
    return application
