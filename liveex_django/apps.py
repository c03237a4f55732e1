"""Django's entry to this app."""

from django.apps import AppConfig


class LiveExConfig(AppConfig):
    """Binds ``Store.at`` to the replication layer and registers the system checks."""

    name = "liveex_django"
    label = "liveex_django"
    verbose_name = "LiveEx"

    def ready(self) -> None:
        # Both import what needs the app registry.
        from . import checks, replication

        checks.register_all()
        replication.bind()
