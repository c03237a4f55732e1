"""``get_asgi_application()``: HTTP and the websocket of live pages, in one line of ``asgi.py``."""

from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application as get_django_application


def get_asgi_application() -> Any:
    """
    An ASGI application for ``ASGI_APPLICATION``.

    Sets Django up. The Origin check, session and user of the websocket are the consumer's own, so no middleware is
    needed around it.
    """
    django_application = get_django_application()
    # Routing imports the consumer, and that needs Django to be set up.
    from .routing import websocket_urlpatterns

    return ProtocolTypeRouter({"http": django_application, "websocket": URLRouter(websocket_urlpatterns)})
