"""An application that forgot the websockets."""

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

http_only = ProtocolTypeRouter({"http": get_asgi_application()})
