"""
What the server of the benchmarks of pages serves: live views of the table, what they are compared with, and a socket over
which the benchmark says what is to happen.
"""

import json
from time import process_time
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from . import _table
from ._memory_use import resident
from ._table import FEW, MANY

django_application = get_asgi_application()

# These need Django to be set up.
from liveex_django.live import LiveView  # noqa: E402
from liveex_django.routing import lifespan, websocket_urlpatterns  # noqa: E402

STORES = {
    "few": _table.declare("benchmark.few", "global", FEW),
    "many": _table.declare("benchmark.many", "global", MANY),
    "own_few": _table.declare("benchmark.own_few", "page", FEW),
    "own_many": _table.declare("benchmark.own_many", "page", MANY),
}

# Live views


class Few(LiveView):
    store = STORES["few"]
    template_name = "table.html"


class Many(LiveView):
    store = STORES["many"]
    template_name = "table.html"


class OwnFew(LiveView):
    store = STORES["own_few"]
    template_name = "table.html"


class OwnMany(LiveView):
    store = STORES["own_many"]
    template_name = "table.html"


class WithAssigns(LiveView):
    """The store is everybody's; who looks is not."""

    store = STORES["many"]
    template_name = "with_assigns.html"

    def mount(self) -> None:
        self.assigns.update(me=self.user.get_username(), enough=self.user.pk)


# What they are compared with


_PLAIN_STATE = _table.initial(MANY)


def plain(request: HttpRequest) -> HttpResponse:
    """The same page without anything live."""
    return render(request, "table.html", {**_PLAIN_STATE, "shown": _table.shown(_PLAIN_STATE)})


class Bare(AsyncWebsocketConsumer):
    """The least that a project writes with Channels."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data=text_data)


# What each socket of `floor` is written to with.
_sends: dict[int, Any] = {}


async def floor(scope: Any, receive: Any, send: Any) -> None:
    """A socket with nothing on top, for the bare loop."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            _sends[id(send)] = send
    del _sends[id(send)]


# What the benchmark can ask for


async def _commit(store: str, mutation: str, *arguments: Any) -> None:
    await STORES[store].at().acommit(mutation, *arguments)


async def _say(text: str) -> None:
    message = {"type": "websocket.send", "text": text}
    for send in tuple(_sends.values()):
        await send(message)


async def _cpu() -> float:
    """User and system time of this process so far (s)."""
    return process_time()


async def _resident() -> int:
    """Memory of this process, without what can be collected (bytes)."""
    return resident()


_COMMANDS: dict[str, Any] = {"commit": _commit, "say": _say, "cpu": _cpu, "resident": _resident}


async def control(scope: Any, receive: Any, send: Any) -> None:
    """A list of command and arguments in, what it gives out."""
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            continue
        command, *arguments = json.loads(message["text"])
        await send({"type": "websocket.send", "text": json.dumps(await _COMMANDS[command](*arguments))})


urlpatterns = [
    path("few/", Few.as_view()),
    path("many/", Many.as_view()),
    path("own_few/", OwnFew.as_view()),
    path("own_many/", OwnMany.as_view()),
    path("with_assigns/", WithAssigns.as_view()),
    path("plain/", plain),
]
application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter(
            [
                *websocket_urlpatterns,
                path("bare/", AuthMiddlewareStack(Bare.as_asgi())),
                path("floor/", floor),
                path("control/", control),
            ]
        ),
        "lifespan": lifespan,
    }
)
