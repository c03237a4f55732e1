"""Django's entry to this app."""

from django.apps import AppConfig


class LiveExConfig(AppConfig):
    """Binds ``Store.at`` to the replication layer, registers the system checks, and listens to Django's signals."""

    name = "liveex_django"
    label = "liveex_django"
    verbose_name = "LiveEx"

    def ready(self) -> None:
        # They import what needs the app registry.
        from . import checks, replication
        from .live import visitor_signals

        checks.register_all()
        replication.bind()
        visitor_signals.connect()
