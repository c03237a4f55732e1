"""What the server of the benchmarks serves: a page with a counter, and beside it a bare consumer of Channels."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

from . import _stores

django_application = get_asgi_application()

# These need Django to be set up.
from liveex_django.live import LiveView  # noqa: E402
from liveex_django.routing import websocket_urlpatterns  # noqa: E402

# The group of the bare consumer.
BARE = "benchmark.bare"


class Count(LiveView):
    store = _stores.everybody
    template_name = "count.html"


class Bare(AsyncWebsocketConsumer):
    """What a project writes that has no more than Channels: a member of a group that passes on what it gets."""

    groups = [BARE]

    async def bare_say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=message["text"])


urlpatterns = [path("", Count.as_view())]
application = ProtocolTypeRouter(
    {"http": django_application, "websocket": URLRouter([*websocket_urlpatterns, path("bare/", Bare.as_asgi())])}
)
