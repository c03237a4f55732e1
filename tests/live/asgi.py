"""The application that the tests connect to: the same line a project writes."""

from django.core.handlers.asgi import ASGIHandler

from liveex_django.asgi import get_asgi_application

application = get_asgi_application()
without_websockets = ASGIHandler()
