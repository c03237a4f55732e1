"""Applications with mistakes."""

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

http_only = ProtocolTypeRouter({"http": get_asgi_application()})


async def broken(scope, receive, send):
    raise ZeroDivisionError("in the application")
