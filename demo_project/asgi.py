"""What an ASGI server serves: Django's pages and the websocket of the live ones."""

import os

from django.conf import settings

from demo_project.warehouse.feed import Feed, fed
from liveex_django.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_project.settings")

application = get_asgi_application()
if settings.WAREHOUSE_FEED:
    application = fed(application, Feed())
