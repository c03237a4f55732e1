"""``get_asgi_application()``: HTTP, the websocket of live pages and an orderly end, in one line of ``asgi.py``."""

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
    # Both need Django to be set up.
    from .replication import mark_as_serving
    from .routing import lifespan, websocket_urlpatterns

    class Application(ProtocolTypeRouter):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            mark_as_serving()
            await super().__call__(scope, receive, send)

    return Application(
        {"http": django_application, "websocket": URLRouter(websocket_urlpatterns), "lifespan": lifespan}
    )
