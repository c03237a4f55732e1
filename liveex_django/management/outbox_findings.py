"""Whether commits of atomic actions wait in the database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone

from .findings import Finding, Section, error, listed, numbered, ok, warning

# A process that serves looks into the outbox every few seconds; what waits longer is found by nobody.
_SOON = timedelta(minutes=1)


def look_at_outbox(apps: Apps = installed_apps) -> Section | None:
    """None when there is no outbox in this project."""
    try:
        model: Any = apps.get_model("liveex_django", "OutboxEntry")
    except LookupError:
        return None
    try:
        return Section("Outbox of atomic actions", list(_findings(model._default_manager)))
    except (DatabaseError, ImproperlyConfigured) as failure:
        return Section(
            "Outbox of atomic actions",
            [
                warning(
                    f"It cannot be read: {failure}. Actions with atomic=True cannot commit like this. When its table is "
                    "missing, make it: manage.py migrate liveex_django."
                )
            ],
        )


def _findings(entries: Any) -> Iterator[Finding]:
    refused = list(entries.exclude(refused="").order_by("created"))
    if refused:
        first = [f"{entry.id} of {entry.action} ({entry.refused})" for entry in refused]
        yield error(
            f"{numbered(len(refused), 'commit')} of atomic actions can never be made, and the rows are in the database: "
            f"{listed(first)}. Compare rows and state, put right what differs, and delete the entries of OutboxEntry."
        )
    late = entries.filter(refused="", created__lt=timezone.now() - _SOON).count()
    if late:
        yield warning(
            f"{numbered(late, 'commit')} of atomic actions {'has' if late == 1 else 'have'} waited for more than a "
            "minute. A process that serves pages makes them as soon as it reaches the log; its log, logger "
            "liveex.replication, says what is in the way."
        )
    if not refused and not late:
        yield ok("No commit waits there.")
