"""The one websocket route of a project, for those who compose their own ``ProtocolTypeRouter``."""

from django.urls import path

from . import conf
from .live.consumer import LiveViewConsumer

websocket_urlpatterns = [path(conf.get("PATH").lstrip("/"), LiveViewConsumer.as_asgi(), name="liveex-websocket")]
