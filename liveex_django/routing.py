"""
The one websocket route of a project, and the end of its server, for those who compose their own ``ProtocolTypeRouter``:

    ProtocolTypeRouter({"http": ..., "websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan})
"""

from django.urls import path

from . import conf
from .live.consumer import LiveViewConsumer
from .replication.lifespan import lifespan

websocket_urlpatterns = [path(conf.get("PATH").lstrip("/"), LiveViewConsumer.as_asgi(), name="liveex-websocket")]

__all__ = ["lifespan", "websocket_urlpatterns"]
